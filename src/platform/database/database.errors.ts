import { UnexpectedError } from '../errors/app.error.js';

/** The database is full, locked, read-only or gone; nothing was written. */
export class DatabaseUnavailableError extends UnexpectedError {
  readonly code = 'database.unavailable';
  readonly status = 503;
  readonly title = 'Database unavailable';

  constructor(cause: unknown) {
    super({ detail: 'The database is unavailable', cause, retryAfterSeconds: 1 });
  }
}

/** The connection was lost between a write and the word that it is kept: it may be, or not. */
export class CommitOutcomeUnknownError extends UnexpectedError {
  readonly code = 'database.outcome_unknown';
  readonly status = 503;
  readonly title = 'Outcome unknown';

  constructor(cause: unknown) {
    super({
      detail: 'The database was lost while it wrote: look whether it was done before you repeat it',
      cause,
      retryAfterSeconds: 1,
    });
  }
}
