import { AuthStrategy } from './auth.strategy.js';

/** The original API's `none`: everyone may call. */
export class NoneAuthStrategy extends AuthStrategy {
  override authenticate(): boolean {
    return true;
  }

  /** Nobody can be told from anybody else. */
  override credentialOf(): string {
    return '';
  }
}
