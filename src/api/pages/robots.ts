/** What is published for those who have its address is not for those who look for addresses. */
export const robots = 'User-agent: *\nDisallow: /chatgpt/share/\n';
