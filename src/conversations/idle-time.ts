/** What counts as a sentence among the items: what was said, and not what a tool or the model did. */
export const sentenceKind = 'message';

/** Conversations that hardly began expire in half the time. */
const shortSentences = 2;

/**
 * How long a conversation may stay idle (the original API's 30 minutes, or half of it).
 *
 * @param ttlSeconds CONVERSATION_TTL_SECONDS
 * @returns milliseconds, or null for never
 */
export function timeToLiveMs(ttlSeconds: number, sentences: number): number | null {
  if (ttlSeconds === 0) return null;
  return sentences <= shortSentences ? ttlSeconds * 500 : ttlSeconds * 1_000;
}

/**
 * The same for a conversation that may have an idle time of its own.
 *
 * @param ownMs in milliseconds, 0 for never; null goes by the service's rule
 */
export function idleTimeMs(
  ownMs: number | null,
  ttlSeconds: number,
  sentences: number,
): number | null {
  if (ownMs === null) return timeToLiveMs(ttlSeconds, sentences);
  return ownMs === 0 ? null : ownMs;
}

/** How many of the items are sentences. */
export function countSentences(items: readonly { kind: string }[]): number {
  return items.reduce((count, { kind }) => (kind === sentenceKind ? count + 1 : count), 0);
}

/** Both times to live, for statements that count the sentences themselves. */
export interface TimesToLive {
  short: number | null;
  long: number | null;
  shortSentences: number;
}

export function timesToLive(ttlSeconds: number): TimesToLive {
  return {
    short: timeToLiveMs(ttlSeconds, shortSentences),
    long: timeToLiveMs(ttlSeconds, shortSentences + 1),
    shortSentences,
  };
}
