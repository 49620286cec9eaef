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

  constructor(private readonly clock: Clock) {}

  /** @param ttl the window in milliseconds */
  increment(key: string, ttl: number, limit: number): Promise<RateLimitResult> {
    const window = this.windows.get(key) ?? new SlidingWindow(limit, ttl);
    this.windows.set(key, window);
    return Promise.resolve(rateLimitResult(window.hit(this.clock.monotonic())));
  }
}
