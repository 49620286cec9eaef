import { Injectable, type ExecutionContext } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import { CallsModel } from './calls-model.decorator.js';
import { RateLimitedError } from './rate-limit.errors.js';

/** Counts model calls, all together: the supply of the upstream is one, whoever calls. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    return Promise.resolve(!this.reflector.get(CallsModel, context.getHandler()));
  }

  protected override throwThrottlingException(
    _context: ExecutionContext,
    { timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    return Promise.reject(new RateLimitedError(timeToBlockExpire));
  }
}
