/** The text up to its last character that is no line feed. By index: `/\n+$/` is quadratic in runs. */
export function withoutTrailingLineFeeds(text: string): string {
  let end = text.length;
  while (text[end - 1] === '\n') end -= 1;
  return text.slice(0, end);
}

/** The text between its first and its last character that is no line feed. */
export function withoutOuterLineFeeds(text: string): string {
  let start = 0;
  while (text[start] === '\n') start += 1;
  return withoutTrailingLineFeeds(text.slice(start));
}
