import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Clock } from '../platform/time/clock.js';
import { SlidingWindow } from './sliding-window.js';
import { rateLimitResult, type RateLimitResult } from './rate-limit-result.js';

/**
 * The throttler's memory for one process. The throttler's own starts a timer for each hit and shuts
 * everyone out for a whole window after one call too many.
 */
export class MemoryThrottlerStorage implements ThrottlerStorage {
  private readonly windows = new Map<string, SlidingWindow>();

  /** @param mostKeys beyond it those are forgotten that were not asked about for longest */
  constructor(
    private readonly clock: Clock,
    private readonly mostKeys = Number.POSITIVE_INFINITY,
  ) {}

  /** @param ttl the window in milliseconds */
  increment(key: string, ttl: number, limit: number): Promise<RateLimitResult> {
    const window = this.windows.get(key) ?? new SlidingWindow(limit, ttl);
    // A map is in the order in which its keys were set.
    this.windows.delete(key);
    this.windows.set(key, window);
    for (const oldest of this.windows.keys()) {
      if (this.windows.size <= this.mostKeys) break;
      this.windows.delete(oldest);
    }
    return Promise.resolve(rateLimitResult(window.hit(this.clock.monotonic())));
  }
}
