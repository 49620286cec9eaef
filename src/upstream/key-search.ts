import type { ApiKey, KeyCall, KeyPool } from '../keys/key-pool.js';
import type { CallWatch } from './call-watch.js';
import {
  KeysCoolingError,
  NoKeyForModelError,
  NoKeysError,
  NoUsableKeyError,
} from './upstream.errors.js';

/** A call while it looks for an answer. */
export interface Search {
  call: KeyCall;
  watch: CallWatch;
  /** When the call's time is over, by `performance.now()`. */
  endsAt: number;
}

/** How long a call waits for another one to disprove a cooldown of the whole pool. */
const disproofMs = 2_000;

/**
 * The next key for a call, waited for when all that is missing is time and there is enough of it.
 *
 * @throws NoKeysError, NoUsableKeyError, NoKeyForModelError, KeysCoolingError, or the reason that the
 *   call was ended with
 */
export async function nextKey(keys: KeyPool, search: Search): Promise<ApiKey> {
  const { call, watch, endsAt } = search;
  const disprovedBy = performance.now() + disproofMs;
  for (;;) {
    const key = keys.next(call);
    if (key) return key;
    const shortage = keys.shortage(call);
    switch (shortage.type) {
      case 'no-keys':
        throw new NoKeysError();
      case 'none-usable':
        throw new NoUsableKeyError();
      case 'none-for-model':
        throw new NoKeyForModelError();
      case 'all-cooling': {
        const { waitMs, forMs } = shortage;
        if (waitMs === null || performance.now() + waitMs >= endsAt) throw coolingError(forMs);
        await keys.change(waitMs, watch.signal);
        break;
      }
      case 'pool-cooling': {
        const leftMs = disprovedBy - performance.now();
        if (!shortage.mayBeDisproved || leftMs <= 0) throw coolingError(shortage.forMs);
        await keys.change(leftMs, watch.signal);
        break;
      }
      default:
        shortage satisfies never;
    }
    watch.throwIfEnded();
  }
}

function coolingError(forMs: number): KeysCoolingError {
  return new KeysCoolingError(Math.ceil(forMs / 1_000));
}
