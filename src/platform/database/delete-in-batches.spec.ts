import { ManualClock } from '../../../test/support/manual-clock.js';
import { deleteInBatches } from './delete-in-batches.js';

/** Deletes rows each of which takes so long. @returns the sizes of the batches */
async function batchesOf(rows: number, rowMs: number): Promise<number[]> {
  const clock = new ManualClock();
  const batches: number[] = [];
  let left = rows;
  const deleted = await deleteInBatches(clock, (limit) => {
    const batch = Math.min(limit, left);
    left -= batch;
    batches.push(batch);
    clock.advance(batch * rowMs);
    return Promise.resolve(batch);
  });
  expect(deleted).toBe(rows);
  return batches;
}

describe('deleting in batches', () => {
  it('takes as many rows at once as take no time', async () => {
    expect((await batchesOf(1_000, 0)).slice(0, 10)).toEqual([
      1, 2, 4, 8, 16, 32, 64, 128, 200, 200,
    ]);
  });

  it.each([3, 15, 30, 100])('never takes long where a row takes %i ms', async (rowMs) => {
    for (const batch of await batchesOf(100, rowMs)) {
      expect(batch * rowMs).toBeLessThanOrEqual(Math.max(40, rowMs));
    }
  });

  it('ends when there is nothing', async () => {
    expect(await batchesOf(0, 0)).toEqual([0]);
  });
});
