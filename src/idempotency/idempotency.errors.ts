import { UnexpectedError, UserError, type ErrorHeaders } from '../platform/errors/app.error.js';

/** The header is there, but not a key. */
export class InvalidIdempotencyKeyError extends UserError {
  readonly code = 'idempotency.invalid_key';
  readonly status = 400;
  readonly title = 'Invalid Idempotency-Key';

  constructor() {
    super({ detail: 'Idempotency-Key must be 1 to 255 printable ASCII characters' });
  }
}

/** A key stands for one call, and this is another one. */
export class IdempotencyKeyReusedError extends UserError {
  readonly code = 'idempotency.key_reused';
  readonly status = 400;
  readonly title = 'Idempotency-Key reused';

  constructor() {
    super({
      detail:
        'This Idempotency-Key was sent with another body before. A repeat must be the same call; a new call needs a new key.',
    });
  }
}

/** The call that this one repeats is not answered yet. */
export class IdempotencyKeyRunningError extends UserError {
  readonly code = 'idempotency.key_running';
  readonly status = 409;
  readonly title = 'Call still running';

  constructor(retryAfterSeconds: number) {
    super({ detail: 'The call with this Idempotency-Key is still running', retryAfterSeconds });
  }

  override get headers(): ErrorHeaders {
    return { ...super.headers, 'x-should-retry': 'true' };
  }
}

/** The call was done, but what it answered is not there to be sent again. */
export class AnswerTooLargeToReplayError extends UserError {
  readonly code = 'idempotency.answer_too_large';
  readonly status = 422;
  readonly title = 'Answer too large to be replayed';

  constructor() {
    super({
      detail:
        'The call with this Idempotency-Key was done once and is not done again, but its answer is over 1 MiB and cannot be replayed. Where the call keeps something, it is kept.',
    });
  }
}

/** The call was done, but its answer has made room for later ones. */
export class AnswerNoLongerKeptError extends UserError {
  readonly code = 'idempotency.answer_dropped';
  readonly status = 422;
  readonly title = 'Answer no longer kept';

  constructor() {
    super({
      detail:
        'The call with this Idempotency-Key was done once and is not done again, but its answer had to make room for later ones and cannot be replayed. Where the call keeps something, it is kept.',
    });
  }
}

/** The running call's lease ran out, and its key is another call's by now. */
export class IdempotencyKeyLostError extends UnexpectedError {
  readonly code = 'idempotency.key_lost';
  readonly status = 503;
  readonly title = 'Idempotency-Key lost';

  constructor() {
    super({ detail: 'The Idempotency-Key was lost to another call, nothing was kept' });
  }
}
