import { setImmediate as nextTurn } from 'node:timers/promises';
import { EventShare } from './event-share.js';

/** Takes events of a size until the share is used up. @returns how many */
function takeAll(share: EventShare, characters: number): number {
  let count = 0;
  for (; share.isLeft; count += 1) share.take(characters);
  return count;
}

describe('the share of streams in the event loop', () => {
  it('is 32,768 characters, and as long as the event that exceeds it', () => {
    expect(takeAll(new EventShare(), 1_000)).toBe(33);
    expect(takeAll(new EventShare(), 1_000_000)).toBe(1);
  });

  it('is given again in a later turn to those that wait, one after the other', async () => {
    const share = new EventShare();
    takeAll(share, 1_000);
    const served: [string, number][] = [];
    const serve = (name: string): void => {
      share.wait(() => {
        served.push([name, takeAll(share, 1_000)]);
        if (served.length < 5) serve(name);
      });
    };
    serve('first');
    serve('second');
    expect(served).toEqual([]);
    await nextTurn();
    expect(served).toEqual([['first', 33]]);
    await nextTurn();
    await nextTurn();
    expect(served.map(([name]) => name)).toEqual(['first', 'second', 'first']);
    expect(share.isLeft).toBe(false);
  });

  it('serves in one turn as many as need little', async () => {
    const share = new EventShare();
    takeAll(share, 1_000);
    let served = 0;
    for (let stream = 0; stream < 40; stream += 1) {
      share.wait(() => {
        if (!share.isLeft) return;
        share.take(1_000);
        served += 1;
      });
    }
    await nextTurn();
    expect(served).toBe(33);
    await nextTurn();
    expect(served).toBe(40);
    expect(share.isLeft).toBe(true);
  });
});
