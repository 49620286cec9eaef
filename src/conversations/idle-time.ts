/** Conversations that hardly began expire in half the time. */
export const shortSentences = 2;

/**
 * How long a conversation may stay idle (the seed's 30 minutes, or half of it).
 *
 * @param ttlSeconds CONVERSATION_TTL_SECONDS
 * @returns milliseconds, or null for never
 */
export function timeToLiveMs(ttlSeconds: number, sentences: number): number | null {
  if (ttlSeconds === 0) return null;
  return sentences <= shortSentences ? ttlSeconds * 500 : ttlSeconds * 1_000;
}
