import type { ApiKey, KeySelection, KeyPool } from '../../keys/key-pool.js';
import type { AttemptOutcome } from '../../keys/attempt-outcome.js';
import type { CallWatch } from '../transport/call-watch.js';
import {
  KeysCoolingError,
  NoKeyForModelError,
  NoKeysError,
  NoUsableKeyError,
} from '../upstream.errors.js';

/** A call while it looks for an answer. */
export interface KeySearch {
  call: KeySelection;
  watch: CallWatch;
  /** When the call's time is over, by `performance.now()`. */
  endsAt: number;
  /** How long the call may still wait for keys, in all. */
  waitLeftMs: number;
}

/** How long a call waits for another one to disprove a cooldown of the whole pool. */
const disproofMs = 2_000;

/**
 * The next key for a call, waited for when all that is missing is time and there is enough of it.
 *
 * @param blame the error for a call that every key refused in the same way
 * @throws what `blame` returns, NoKeysError, NoUsableKeyError, NoKeyForModelError, KeysCoolingError,
 *   or the reason that the call was ended with
 */
export async function acquireKey(
  keys: KeyPool,
  search: KeySearch,
  blame: (outcome: AttemptOutcome['type']) => unknown,
): Promise<ApiKey> {
  const { call } = search;
  const disprovedBy = performance.now() + disproofMs;
  let key = keys.next(call);
  while (!key) {
    const shortage = keys.shortage(call);
    switch (shortage.type) {
      case 'no-keys':
        throw new NoKeysError();
      case 'none-usable':
        throw new NoUsableKeyError();
      case 'none-for-model':
        throw new NoKeyForModelError();
      case 'refused-by-all':
        keys.clear(call);
        throw blame(shortage.outcome);
      case 'all-cooling': {
        const { waitMs, forMs } = shortage;
        key = await waitedFor(keys, search, waitMs ?? Number.POSITIVE_INFINITY, forMs);
        break;
      }
      case 'pool-cooling': {
        const { forMs, mayBeDisproved } = shortage;
        const disproofLeftMs = mayBeDisproved ? disprovedBy - performance.now() : 0;
        key = await waitedFor(keys, search, forMs, forMs, disproofLeftMs);
        break;
      }
      default:
        shortage satisfies never;
    }
  }
  return key;
}

/**
 * @param waitMs after which a key may be there
 * @param forMs what the caller is told when that is too long
 * @param luckMs how long it is worth waiting even then
 * @throws KeysCoolingError, or the reason that the call was ended with
 */
async function waitedFor(
  keys: KeyPool,
  search: KeySearch,
  waitMs: number,
  forMs: number,
  luckMs = 0,
): Promise<ApiKey | null> {
  const { call, watch, endsAt } = search;
  const beganAt = performance.now();
  const leftMs = Math.min(search.waitLeftMs, endsAt - beganAt);
  const longestMs = waitMs <= leftMs ? leftMs : Math.min(luckMs, leftMs);
  if (longestMs <= 0) throw new KeysCoolingError(Math.ceil(forMs / 1_000));
  const key = await keys.wait(call, longestMs, watch.signal);
  search.waitLeftMs -= performance.now() - beganAt;
  // A key that came is given back by its attempt.
  if (!key) watch.throwIfEnded();
  return key;
}
