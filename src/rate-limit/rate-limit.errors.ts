import { UserError } from '../platform/errors/app.error.js';

/** More model calls in a minute than RATE_LIMIT_PER_MINUTE allows, or writes than WRITE_LIMIT_PER_MINUTE. */
export class RateLimitedError extends UserError {
  readonly code = 'rate_limit.exceeded';
  readonly status = 429;
  readonly title = 'Too many calls';

  constructor(retryAfterSeconds: number) {
    super({ detail: 'Server busy', retryAfterSeconds });
  }
}
