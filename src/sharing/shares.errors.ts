import { UnexpectedError, UserError, type ErrorHeaders } from '../platform/errors/app.error.js';

/** Neither a share nor a shared conversation has this id: never there, taken back or expired. */
export class ShareNotFoundError extends UserError {
  readonly code = 'share.not_found';
  readonly status = 404;
  readonly title = 'Share not found';

  constructor() {
    super({ detail: 'Failed to find shared conversation with provided id' });
  }
}

/** SHARING is off. */
export class SharingOffError extends UserError {
  readonly code = 'share.off';
  readonly status = 404;
  readonly title = 'Sharing is off';

  constructor() {
    super({ detail: 'Sharing is switched off on this service' });
  }
}

/** Whoever shares wants the prompt shown, and the operator does not. */
export class PromptNotSharedError extends UserError {
  readonly code = 'share.prompt_not_allowed';
  readonly status = 400;
  readonly title = 'Prompt not shared';

  constructor() {
    super({ detail: 'show_prompt must not be true: SHARE_PROMPT is false on this service' });
  }
}

/** The share is for those who know its password, and none was given. */
export class SharePasswordRequiredError extends UserError {
  readonly code = 'share.password_required';
  readonly status = 401;
  readonly title = 'Password required';

  constructor() {
    super({ detail: 'This share asks for its password: send it in the header share-password' });
  }

  /** RFC 9110 wants a scheme with every 401; no browser asks for the password by itself for this one. */
  override get headers(): ErrorHeaders {
    return { ...super.headers, 'WWW-Authenticate': 'Share-Password' };
  }
}

/** Another password than the share's. */
export class SharePasswordWrongError extends UserError {
  readonly code = 'share.password_wrong';
  readonly status = 403;
  readonly title = 'Wrong password';

  constructor() {
    super({ detail: 'This is not the password of the share' });
  }
}

/** So many passwords were tried in the last minute that the next one is not looked at. */
export class TooManyPasswordsError extends UserError {
  readonly code = 'share.too_many_passwords';
  readonly status = 429;
  readonly title = 'Too many passwords';

  constructor(retryAfterSeconds: number) {
    super({
      detail: `Too many passwords were tried for this share, try again in ${retryAfterSeconds} s`,
      retryAfterSeconds,
    });
  }
}

/** More passwords wait to be looked at than are worth waiting for. */
export class PasswordsBusyError extends UnexpectedError {
  readonly code = 'share.passwords_busy';
  readonly status = 503;
  readonly title = 'Too many passwords at once';

  constructor() {
    super({ detail: 'Server busy', retryAfterSeconds: 1 });
  }
}
