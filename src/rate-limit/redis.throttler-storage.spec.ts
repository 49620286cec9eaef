import type { Clock } from '../platform/time/clock.js';
import type { RedisConnection } from '../platform/redis/redis.connection.js';
import { RedisUnavailableError } from '../platform/redis/redis.errors.js';
import { MemoryThrottlerStorage } from './memory.throttler-storage.js';
import { RedisThrottlerStorage } from './redis.throttler-storage.js';
import { SlidingWindow } from './sliding-window.js';
import { ManualClock } from '../../test/support/manual-clock.js';

const minuteMs = 60_000;
const limit = 12;
const replicas = 3;

/** A server that several connections share, and that forgets everything when it goes. */
class FakeRedis {
  isUp = true;
  private backAt = Number.NEGATIVE_INFINITY;
  private window = new SlidingWindow(limit, minuteMs);

  constructor(private readonly clock: Clock) {}

  connection(): RedisConnection {
    const redis: Pick<RedisConnection, 'run' | 'wasAwayWithin'> = {
      run: () => {
        if (!this.isUp) return Promise.reject(new RedisUnavailableError('gone'));
        return Promise.resolve(this.window.hit(this.clock.now()));
      },
      wasAwayWithin: (ms) => !this.isUp || this.clock.now() - this.backAt < ms,
    };
    return redis as RedisConnection;
  }

  restart(): void {
    this.isUp = true;
    this.backAt = this.clock.now();
    this.window = new SlidingWindow(limit, minuteMs);
  }
}

let clock: ManualClock;
let redis: FakeRedis;
let storages: RedisThrottlerStorage[];

beforeEach(() => {
  clock = new ManualClock();
  redis = new FakeRedis(clock);
  storages = Array.from({ length: replicas }, () => {
    return new RedisThrottlerStorage(
      redis.connection(),
      new MemoryThrottlerStorage(clock),
      replicas,
    );
  });
});

/** How many hits pass when every replica is asked for more than the limit. */
async function flood(): Promise<number> {
  let passed = 0;
  for (let round = 0; round < limit + 1; round += 1) {
    for (const storage of storages) {
      const { isBlocked } = await storage.increment('calls', minuteMs, limit);
      if (!isBlocked) passed += 1;
    }
  }
  return passed;
}

describe("the throttler's memory in Redis", () => {
  it('lets as many hits pass as the limit says, on all replicas together', async () => {
    expect(await flood()).toBe(limit);
    clock.advance(minuteMs);
    expect(await flood()).toBe(limit);
  });

  it('gives each replica its share while Redis is away', async () => {
    redis.isUp = false;
    expect(await flood()).toBe(limit);
    clock.advance(minuteMs);
    expect(await storages[0]?.increment('calls', minuteMs, limit)).toMatchObject({
      isBlocked: false,
    });
  });

  it.each([
    [2, 1],
    [5, 1],
    [6, 2],
  ])('of a limit of %i among 3 replicas the share is %i', async (small, share) => {
    redis.isUp = false;
    const passed = [];
    for (let hit = 0; hit < small + 1; hit += 1) {
      passed.push(await storages[0]?.increment('calls', minuteMs, small));
    }
    expect(passed.filter((verdict) => verdict?.isBlocked === false)).toHaveLength(share);
  });

  it('lets at most twice the limit pass across an outage in which Redis forgets', async () => {
    let passed = await flood();
    redis.isUp = false;
    passed += await flood();
    redis.restart();
    passed += await flood();
    redis.isUp = false;
    passed += await flood();
    redis.restart();
    clock.advance(minuteMs / 2);
    passed += await flood();
    expect(passed).toBe(2 * limit);
  });

  it('is one count for all again a minute after', async () => {
    redis.isUp = false;
    await flood();
    redis.restart();
    clock.advance(minuteMs);
    const [first] = storages;
    for (let hit = 0; hit < limit; hit += 1) {
      expect(await first?.increment('calls', minuteMs, limit)).toMatchObject({ isBlocked: false });
    }
    expect(await first?.increment('calls', minuteMs, limit)).toMatchObject({ isBlocked: true });
  });

  it('counts a hit once when Redis goes while it is asked', async () => {
    redis.restart();
    redis.isUp = false;
    const [first] = storages;
    for (let hit = 0; hit < limit / replicas; hit += 1) {
      expect(await first?.increment('calls', minuteMs, limit)).toMatchObject({ isBlocked: false });
    }
  });

  it('does not hide an error of its own', async () => {
    const broken = { run: () => Promise.reject(new TypeError('bug')), wasAwayWithin: () => false };
    const storage = new RedisThrottlerStorage(
      broken as unknown as RedisConnection,
      new MemoryThrottlerStorage(clock),
      replicas,
    );
    await expect(storage.increment('calls', minuteMs, limit)).rejects.toThrow('bug');
  });
});
