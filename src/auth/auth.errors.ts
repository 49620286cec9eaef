import { UserError } from '../common/errors/app.error.js';

/** The caller did not prove that it may call; what exactly was wrong is not said. */
export class AuthFailedError extends UserError {
  readonly code = 'auth.failed';
  readonly status = 401;
  readonly title = 'Auth failed';

  constructor() {
    super({ detail: 'Auth failed' });
  }
}
