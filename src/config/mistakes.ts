import type { Settings } from './settings.js';

/** Of OpenAI and those that offer its API. */
const shortestKey = 8;

/** A warning for each secret that may be taken as it is, but was hardly meant so. None is repeated. */
export function warnOfMistakes({
  auth,
  keys,
  upstream,
}: Pick<Settings, 'auth' | 'keys' | 'upstream'>): string[] {
  const warnings: string[] = [];
  if (auth.token.includes(' #') || /^(["']).*\1$/.test(auth.token)) {
    warnings.push(
      'TOKEN has " #" in it, or quotes around it: an env file of Docker gives a comment or quotes as part of the value, and callers must send all of it',
    );
  }
  // A server of one's own, without TLS, takes any word for a key.
  const isPublic = new URL(upstream.baseUrl).protocol === 'https:';
  const short = keys.apiKeys.filter(({ length }) => length < shortestKey).length;
  if (isPublic && short > 0) {
    warnings.push(
      `${short} of the keys in OPENAI_API_KEYS and OPENAI_API_KEY have fewer than ${shortestKey} characters: is one a word of a comment?`,
    );
  }
  return warnings;
}
