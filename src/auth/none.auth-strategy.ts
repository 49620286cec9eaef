import { AuthStrategy } from './auth.strategy.js';
import { defaultCaller, type Caller } from './caller.js';

/** The original API's `none`: everyone may call. */
export class NoneAuthStrategy extends AuthStrategy {
  override authenticate(): Caller {
    return defaultCaller;
  }

  /** Nobody can be told from anybody else. */
  override credentialOf(): string {
    return '';
  }
}
