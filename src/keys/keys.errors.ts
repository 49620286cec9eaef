import { UserError } from '../platform/errors/app.error.js';

/** No key has this id. */
export class KeyNotFoundError extends UserError {
  readonly code = 'key.not_found';
  readonly status = 404;
  readonly title = 'Key not found';

  constructor() {
    super({ detail: 'There is no key with this id' });
  }
}

/** The key comes from the environment or a file, so it cannot be deleted here. */
export class KeyNotStoredError extends UserError {
  readonly code = 'key.not_stored';
  readonly status = 409;
  readonly title = 'Key not stored here';

  /** @param source where it must be taken out */
  constructor(source: 'env' | 'file') {
    const place = source === 'env' ? 'OPENAI_API_KEYS' : 'KEY_FILE';
    super({ detail: `The key comes from ${place}: disable it here, or take it out there` });
  }
}

/** Secrets cannot be stored without an encryption secret. */
export class NoEncryptionSecretError extends UserError {
  readonly code = 'key.no_encryption_secret';
  readonly status = 409;
  readonly title = 'No encryption secret';

  constructor() {
    super({
      detail:
        'Keys can be stored only when KEY_ENCRYPTION_SECRET is set: set it and restart, or use KEY_FILE',
    });
  }
}

/** The encryption secret was changed while this process ran. */
export class EncryptionSecretRotatedError extends UserError {
  readonly code = 'key.encryption_secret_rotated';
  readonly status = 409;
  readonly title = 'Encryption secret rotated';

  constructor() {
    super({
      detail:
        'The encryption secret was rotated while this process ran: restart it with the new one',
    });
  }
}

/** The secret of the key is not known to this process, so it cannot be probed. */
export class KeyNotHeldError extends UserError {
  readonly code = 'key.not_held';
  readonly status = 409;
  readonly title = 'Key not held';

  constructor() {
    super({ detail: 'The secret of this key cannot be read by this process, see its log' });
  }
}
