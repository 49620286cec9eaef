import { UserError } from '../../platform/errors/app.error.js';

/** The caller may use conversations, but not see all of them. */
export class ListNotAllowedError extends UserError {
  readonly code = 'conversation.list_not_allowed';
  readonly status = 403;
  readonly title = 'Listing not allowed';

  constructor() {
    super({
      detail:
        'Listing conversations takes the ADMIN_TOKEN as bearer, or V1_LIST=true with AUTH_MODE=simple.',
    });
  }
}
