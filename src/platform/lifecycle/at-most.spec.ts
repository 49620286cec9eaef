import { EventEmitter } from 'node:events';
import { AtMost } from './at-most.js';

class Refusal extends Error {}

function held(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  const ends = new EventEmitter();
  const promise = new Promise<void>((resolve, reject) => {
    ends.once('end', (error?: Error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  return {
    promise,
    resolve: () => ends.emit('end'),
    reject: (error) => ends.emit('end', error),
  };
}

/** Lets everything happen that waits for nothing. */
function settled(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

describe('work of which so much is done at once', () => {
  it('waits in order, is done one after the other, and is turned away beyond its bound', async () => {
    const works = Array.from({ length: 5 }, held);
    const begun: number[] = [];
    const atMost = new AtMost(2, 2, () => new Refusal());
    const runs = works.map(({ promise }, index) =>
      atMost.run(() => {
        begun.push(index);
        return promise;
      }),
    );
    await expect(runs[4]).rejects.toThrow(Refusal);
    expect(begun).toEqual([0, 1]);
    works[1]?.resolve();
    await settled();
    expect(begun).toEqual([0, 1, 2]);
    works[0]?.resolve();
    await settled();
    expect(begun).toEqual([0, 1, 2, 3]);
    works[2]?.resolve();
    works[3]?.resolve();
    await Promise.all(runs.slice(0, 4));
  });

  it('gives its place to the next one when it fails, and to a later one when none waits', async () => {
    const [first, second] = [held(), held()];
    const atMost = new AtMost(1, 1, () => new Refusal());
    const failing = atMost.run(() => first.promise);
    const waiting = atMost.run(() => second.promise);
    first.reject(new Error('broken'));
    await expect(failing).rejects.toThrow('broken');
    second.resolve();
    await waiting;
    await expect(atMost.run(() => Promise.resolve('later'))).resolves.toBe('later');
  });
});
