import { UnexpectedError, UserError } from '../common/errors/app.error.js';

/** More model calls in a minute than RATE_LIMIT_PER_MINUTE allows, or writes than WRITE_LIMIT_PER_MINUTE. */
export class RateLimitedError extends UserError {
  readonly code = 'rate_limit.exceeded';
  readonly status = 429;
  readonly title = 'Too many calls';

  constructor(retryAfterSeconds: number) {
    super({ detail: 'Server busy', retryAfterSeconds });
  }
}

/** As many model calls as MAX_RUNNING_CALLS allows are running. */
export class TooManyRunningCallsError extends UnexpectedError {
  readonly code = 'rate_limit.running_calls';
  readonly status = 503;
  readonly title = 'Too many running calls';

  constructor() {
    super({ detail: 'Server busy', retryAfterSeconds: 1 });
  }
}
