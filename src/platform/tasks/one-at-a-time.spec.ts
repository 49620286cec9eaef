import { oneAtATime } from './one-at-a-time.js';

describe('work that is done one at a time', () => {
  it('is left out while it runs, and done again afterwards', async () => {
    let runs = 0;
    let finish = (): void => undefined;
    const run = oneAtATime(() => {
      runs += 1;
      return new Promise<void>((resolve) => (finish = resolve));
    });
    const first = run();
    await run();
    expect(runs).toBe(1);
    finish();
    await first;
    const second = run();
    expect(runs).toBe(2);
    finish();
    await second;
  });

  it('is done again after a failure, which its caller hears of', async () => {
    let runs = 0;
    const run = oneAtATime(() => {
      runs += 1;
      return Promise.reject(new Error('failed'));
    });
    await expect(run()).rejects.toThrow('failed');
    await expect(run()).rejects.toThrow('failed');
    expect(runs).toBe(2);
  });
});
