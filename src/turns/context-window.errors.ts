import { UserError } from '../platform/errors/app.error.js';

/** More than the model's window holds, and nothing left or allowed to be left out. */
export class ContextLengthError extends UserError {
  readonly code = 'window.context_length_exceeded';
  readonly status = 400;
  readonly title = 'Too long for the model';

  /** @param detail which part is too long, and what can be done */
  constructor(detail: string) {
    super({ detail });
  }
}
