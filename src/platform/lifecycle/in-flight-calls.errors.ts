import { UnexpectedError } from '../errors/app.error.js';

/** As many model calls as MAX_RUNNING_CALLS allows are running. */
export class TooManyRunningCallsError extends UnexpectedError {
  readonly code = 'rate_limit.running_calls';
  readonly status = 503;
  readonly title = 'Too many running calls';

  constructor() {
    super({ detail: 'Server busy', retryAfterSeconds: 1 });
  }
}
