import { setImmediate as otherWork } from 'node:timers/promises';
import type { Clock } from '../time/clock.js';

const mostRows = 200;
/** A batch on SQLite holds the event loop: up to this long it stays unnoticed. */
const shortMs = 10;
const longMs = 40;

/**
 * Deletes until nothing is left to delete, with a pause for other work between the batches. Rows may
 * bring much or little with them (a conversation its items), so the size of a batch goes by how long
 * the one before took.
 *
 * @param deleteBatch deletes at most so many rows and says how many it deleted
 * @returns how many were deleted in all
 */
export async function deleteInBatches(
  clock: Clock,
  deleteBatch: (limit: number) => Promise<number>,
): Promise<number> {
  let deleted = 0;
  for (let limit = 1; ;) {
    const beganAt = clock.monotonic();
    const batch = await deleteBatch(limit);
    const tookMs = clock.monotonic() - beganAt;
    deleted += batch;
    if (batch < limit) return deleted;
    if (tookMs < shortMs) limit = Math.min(mostRows, limit * 2);
    if (tookMs > longMs) limit = Math.max(1, Math.floor(limit / 2));
    await otherWork();
  }
}
