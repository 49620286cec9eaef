import type { ThrottlerStorage } from '@nestjs/throttler';

/** What the throttler wants to know of a hit. */
export type RateLimitResult = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** @param waitMs until a hit will pass; 0 when this one has */
export function rateLimitResult(waitMs: number): RateLimitResult {
  const seconds = Math.ceil(waitMs / 1_000);
  return {
    totalHits: 0,
    timeToExpire: seconds,
    isBlocked: waitMs > 0,
    timeToBlockExpire: seconds,
  };
}
