import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import { CallsModel } from './calls-model.decorator.js';
import { LimitFigures } from './limit-figures.js';
import { RateLimitedError } from './rate-limit.errors.js';

/** Counts model calls, all together: the supply of the upstream is one, whoever calls. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  @Inject(LimitFigures)
  private readonly figures: LimitFigures;

  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    return Promise.resolve(!this.reflector.get(CallsModel, context.getHandler()));
  }

  protected override throwThrottlingException(
    _context: ExecutionContext,
    { timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    this.figures.refused('rate');
    return Promise.reject(new RateLimitedError(timeToBlockExpire));
  }
}
