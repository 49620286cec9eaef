import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import { CallsModel } from '../platform/lifecycle/calls-model.decorator.js';
import { LimitMetrics } from '../platform/lifecycle/limit-metrics.js';
import { RateLimitedError } from './rate-limit.errors.js';
import { Writes } from './writes.decorator.js';

/** What is counted; all callers together, as the upstream's supply and the disk are one. */
export const counters = { calls: 'model-calls', writes: 'writes' } as const;

/** Counts model calls, and writes that ask no model. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  @Inject(LimitMetrics)
  private readonly limitMetrics: LimitMetrics;

  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    const handler = context.getHandler();
    const isCounted =
      this.reflector.get(CallsModel, handler) || this.reflector.get(Writes, handler);
    return Promise.resolve(!isCounted);
  }

  protected override throwThrottlingException(
    _context: ExecutionContext,
    { key, timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    this.limitMetrics.refused(key === counters.writes ? 'writes' : 'rate');
    return Promise.reject(new RateLimitedError(timeToBlockExpire));
  }
}
