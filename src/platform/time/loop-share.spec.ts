import { setImmediate as nextTurn } from 'node:timers/promises';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { LoopShare } from './loop-share.js';

let clock: ManualClock;
let share: LoopShare;
let done: string[];

beforeEach(() => {
  clock = new ManualClock();
  share = new LoopShare(clock);
  done = [];
});

/** Work that takes so long and waits for nothing. */
async function work(name: string, ms: number): Promise<void> {
  const turn = share.next();
  if (turn) await turn;
  clock.advance(ms);
  done.push(name);
}

describe('work of one turn of the event loop', () => {
  it('goes on at once while it is short', () => {
    for (let count = 0; count < 20; count += 1) void work(String(count), 1);
    expect(done).toHaveLength(20);
  });

  it('waits when it has taken long: one in each later turn, in their order', async () => {
    const all = ['one', 'two', 'three', 'four'].map((name) => work(name, 30));
    expect(done).toEqual(['one']);
    for (let least = 1; done.length < all.length; least = done.length) {
      await nextTurn();
      expect(done.length - least).toBeLessThanOrEqual(1);
    }
    await Promise.all(all);
    expect(done).toEqual(['one', 'two', 'three', 'four']);
  });

  it('does not overtake what waits', async () => {
    const all = [work('long', 30), work('waiting', 0), work('late', 0)];
    await nextTurn();
    all.push(work('later', 0));
    await Promise.all(all);
    expect(done).toEqual(['long', 'waiting', 'late', 'later']);
  });

  it('is long again only from the next turn on', async () => {
    void work('long', 30);
    await nextTurn();
    await nextTurn();
    void work('short', 1);
    expect(done).toEqual(['long', 'short']);
  });
});
