import { setImmediate as otherWork } from 'node:timers/promises';

/** Small enough that a batch on SQLite, which holds the event loop, stays unnoticed. */
const batchSize = 200;

/**
 * Deletes until nothing is left to delete, with a pause for other work between the batches.
 *
 * @param deleteBatch deletes at most so many rows and says how many it deleted
 * @returns how many were deleted in all
 */
export async function deleteInBatches(
  deleteBatch: (limit: number) => Promise<number>,
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const batch = await deleteBatch(batchSize);
    deleted += batch;
    if (batch < batchSize) return deleted;
    await otherWork();
  }
}
