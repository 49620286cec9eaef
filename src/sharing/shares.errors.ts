import { UserError } from '../platform/errors/app.error.js';

/** Neither a share nor a shared conversation has this id. */
export class ShareNotFoundError extends UserError {
  readonly code = 'share.not_found';
  readonly status = 404;
  readonly title = 'Share not found';

  constructor() {
    super({ detail: 'Failed to find shared conversation with provided id' });
  }
}
