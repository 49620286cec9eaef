import { UserError } from '../errors/app.error.js';

/** The caller closed its connection before the answer's end; nobody reads this but the log. */
export class CallerLeftError extends UserError {
  readonly code = 'request.caller_left';
  readonly status = 499;
  readonly title = 'Caller left';

  constructor() {
    super({ detail: 'The caller left before the answer was complete' });
  }
}
