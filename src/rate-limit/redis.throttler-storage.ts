import type { ThrottlerStorage } from '@nestjs/throttler';
import type { RedisConnection } from '../platform/redis/redis.connection.js';
import { RedisScript } from '../platform/redis/redis-script.js';
import { RedisUnavailableError } from '../platform/redis/redis.errors.js';
import type { MemoryThrottlerStorage } from './memory.throttler-storage.js';
import { rateLimitResult, type RateLimitResult } from './rate-limit-result.js';

/**
 * The sliding window of `sliding-window.ts` for all replicas: the times of the last hits in a list, by
 * Redis' own clock. A refused hit is not counted. A time in the future is of a clock that was set
 * back, and holds nobody up.
 */
const takeHit = new RedisScript(`
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count = redis.call('LLEN', KEYS[1])
if count >= limit then
  local age = now - redis.call('LINDEX', KEYS[1], count - limit)
  if age >= 0 and age < window then return window - age end
  redis.call('LTRIM', KEYS[1], count - limit + 1, -1)
end
redis.call('RPUSH', KEYS[1], now)
redis.call('PEXPIRE', KEYS[1], window)
return 0
`);

/** The throttler's memory for all replicas, in Redis; while that is away, each has its share. */
export class RedisThrottlerStorage implements ThrottlerStorage {
  /** @param replicas among how many the limit is divided while Redis is away */
  constructor(
    private readonly redis: RedisConnection,
    private readonly memory: MemoryThrottlerStorage,
    private readonly replicas: number,
  ) {}

  /**
   * For a window's length after an outage, when Redis may have lost what it knew, a hit must fit into
   * both counts: so no window ever has more than the limit twice, once from before and once from then on.
   *
   * @param ttl the window in milliseconds
   */
  async increment(key: string, ttl: number, limit: number): Promise<RateLimitResult> {
    const own = this.redis.wasAwayWithin(ttl) ? await this.takeOfShare(key, ttl, limit) : null;
    if (own?.isBlocked) return own;
    const waitMs = await this.ask(key, ttl, limit);
    if (waitMs !== null) return rateLimitResult(waitMs);
    return own ?? this.takeOfShare(key, ttl, limit);
  }

  /** @returns the milliseconds to wait, 0 when it passes, null when Redis cannot say */
  private async ask(key: string, ttl: number, limit: number): Promise<number | null> {
    try {
      return Number(await this.redis.run(takeHit, [key], limit, ttl));
    } catch (error) {
      if (error instanceof RedisUnavailableError) return null;
      throw error;
    }
  }

  private takeOfShare(key: string, ttl: number, limit: number): Promise<RateLimitResult> {
    const share = Math.max(1, Math.floor(limit / this.replicas));
    return this.memory.increment(key, ttl, share);
  }
}
