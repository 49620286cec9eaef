import type { KeySignal } from './key-signal.js';

/** What becomes of a key. */
export type KeyEffect =
  /** It stays as it is. */
  | { type: 'none' }
  /** It is not used again. */
  | { type: 'remove' }
  /** It is passed over, or chosen last, for so long. */
  | { type: 'cool'; forMs: number; chosenLast: boolean };

const rejectedCooldownMs = 60_000;
const rateLimitCooldownMs = 20_000;
/** A longer wait is not believed: some upstreams answer with a date far away. */
const longestBelievedWaitMs = 3_600_000;

/**
 * From what the upstream said to what becomes of the key.
 *
 * @param autoRemove AUTO_REMOVE_KEYS: whether a rejected key leaves the pool or is only chosen last
 */
export function effectOf(signal: KeySignal, autoRemove: boolean): KeyEffect {
  switch (signal.type) {
    case 'served':
    case 'forbidden':
      return { type: 'none' };
    case 'rejected':
    case 'quota-exhausted':
      return autoRemove
        ? { type: 'remove' }
        : { type: 'cool', forMs: rejectedCooldownMs, chosenLast: true };
    case 'rate-limited':
      return { type: 'cool', forMs: believable(signal.retryAfterMs), chosenLast: false };
  }
}

function believable(waitMs: number | null): number {
  if (waitMs === null || waitMs <= 0 || waitMs > longestBelievedWaitMs) return rateLimitCooldownMs;
  return waitMs;
}
