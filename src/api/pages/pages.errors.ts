import { UnexpectedError } from '../../platform/errors/app.error.js';

/** So many long pages wait to be made that one more would wait too long. */
export class PagesBusyError extends UnexpectedError {
  readonly code = 'page.busy';
  readonly status = 503;
  readonly title = 'Too many long pages';

  constructor() {
    super({ detail: 'Server busy', retryAfterSeconds: 2 });
  }
}
