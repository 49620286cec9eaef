import { UserError, type ErrorHeaders } from '../platform/errors/app.error.js';

/** The caller did not prove that it may call; of what it sent nothing is said but whether it was there. */
export class AuthFailedError extends UserError {
  readonly status = 401;
  readonly title = 'Auth failed';

  constructor(readonly code: 'auth.missing' | 'auth.refused') {
    super({ detail: 'Auth failed' });
  }

  /** RFC 9110 wants a scheme with every 401; callers may use the headers of the original API too. */
  override get headers(): ErrorHeaders {
    return { ...super.headers, 'WWW-Authenticate': 'Bearer realm="Alice"' };
  }
}

/** A browser sends this for a page of another site, to a service that asks nobody who they are. */
export class CrossSiteError extends UserError {
  readonly code = 'auth.cross_site';
  readonly status = 403;
  readonly title = 'Cross-site request';

  constructor() {
    super({
      detail: 'Pages of other sites may not call this service. CORS_ORIGINS names those that may.',
    });
  }
}

/** The caller may use conversations and shares, but not see all of them. */
export class ListNotAllowedError extends UserError {
  readonly code = 'conversation.list_not_allowed';
  readonly status = 403;
  readonly title = 'Listing not allowed';

  constructor() {
    super({
      detail:
        'Listing conversations or shares takes the ADMIN_TOKEN as bearer, or V1_LIST=true with AUTH_MODE=simple.',
    });
  }
}

/** Too many wrong tokens came from this address. */
export class TooManyGuessesError extends UserError {
  readonly code = 'auth.too_many_failures';
  readonly status = 429;
  readonly title = 'Too many wrong tokens';

  constructor(retryAfterSeconds: number) {
    super({ detail: 'Too many wrong tokens came from this address', retryAfterSeconds });
  }
}
