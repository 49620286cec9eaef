import { MemoryThrottlerStorage } from './memory.throttler-storage.js';
import { ManualClock } from '../../test/support/manual-clock.js';

const minuteMs = 60_000;
let clock: ManualClock;
let storage: MemoryThrottlerStorage;

beforeEach(() => {
  clock = new ManualClock();
  storage = new MemoryThrottlerStorage(clock);
});

describe("the throttler's memory", () => {
  it('lets as many hits pass as the limit says', async () => {
    for (const isBlocked of [false, false, true, true]) {
      expect(await storage.increment('calls', minuteMs, 2)).toMatchObject({ isBlocked });
    }
  });

  it('blocks until the oldest hit is out of the window, not for a whole window', async () => {
    await storage.increment('calls', minuteMs, 2);
    clock.advance(40_000);
    await storage.increment('calls', minuteMs, 2);
    clock.advance(10_000);
    expect(await storage.increment('calls', minuteMs, 2)).toMatchObject({
      isBlocked: true,
      timeToBlockExpire: 10,
    });
    clock.advance(10_000);
    expect(await storage.increment('calls', minuteMs, 2)).toMatchObject({ isBlocked: false });
  });

  it.each([
    [minuteMs - 1, 1],
    [minuteMs - 1_000, 1],
    [minuteMs - 1_001, 2],
    [0, 60],
  ])('after %i ms it asks to wait for %i whole seconds', async (passedMs, seconds) => {
    await storage.increment('calls', minuteMs, 1);
    clock.advance(passedMs);
    expect(await storage.increment('calls', minuteMs, 1)).toMatchObject({
      isBlocked: true,
      timeToBlockExpire: seconds,
    });
  });

  it.each([-3_600_000, 40_000])(
    'goes by time that passes when the clock is set by %i ms',
    async (ms) => {
      await storage.increment('calls', minuteMs, 1);
      clock.setBy(ms);
      expect(await storage.increment('calls', minuteMs, 1)).toMatchObject({
        isBlocked: true,
        timeToBlockExpire: 60,
      });
      clock.advance(minuteMs);
      expect(await storage.increment('calls', minuteMs, 1)).toMatchObject({ isBlocked: false });
    },
  );

  it('asks for no wait when it lets a hit pass', async () => {
    expect(await storage.increment('calls', minuteMs, 1)).toMatchObject({ timeToBlockExpire: 0 });
  });

  it('counts each key by itself', async () => {
    await storage.increment('calls', minuteMs, 1);
    expect(await storage.increment('others', minuteMs, 1)).toMatchObject({ isBlocked: false });
    expect(await storage.increment('calls', minuteMs, 1)).toMatchObject({ isBlocked: true });
  });

  it('forgets what was not asked about for longest when it knows too many keys', async () => {
    const small = new MemoryThrottlerStorage(clock, 2);
    for (const key of ['a', 'b', 'a', 'c']) await small.increment(key, minuteMs, 3);
    expect(await small.increment('a', minuteMs, 3)).toMatchObject({ isBlocked: false });
    expect(await small.increment('a', minuteMs, 3)).toMatchObject({ isBlocked: true });
    await small.increment('b', minuteMs, 1);
    expect(await small.increment('b', minuteMs, 1)).toMatchObject({ isBlocked: true });
    expect(await small.increment('c', minuteMs, 1)).toMatchObject({ isBlocked: false });
  });
});
