import { UnexpectedError } from '../common/errors/app.error.js';

/** The database is full, locked, read-only or gone; nothing was written. */
export class DatabaseUnavailableError extends UnexpectedError {
  readonly code = 'database.unavailable';
  readonly status = 503;
  readonly title = 'Database unavailable';

  constructor(cause: unknown) {
    super({ detail: 'The database is unavailable', cause, retryAfterSeconds: 1 });
  }
}
