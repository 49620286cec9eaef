import { Injectable } from '@nestjs/common';
import { KeyRoster } from '../keys/key-roster.js';
import { NoKeysError, NoUsableKeyError } from '../upstream/upstream.errors.js';
import { HealthIndicator } from './health.indicator.js';

/** Whether there is an API key that serves, now or after a rate limit. */
@Injectable()
export class KeysHealthIndicator extends HealthIndicator {
  readonly part = 'keys';

  constructor(private readonly roster: KeyRoster) {
    super();
  }

  override check(): void {
    if (this.roster.size === 0) throw new NoKeysError();
    if (this.roster.usableCount === 0) throw new NoUsableKeyError();
  }
}
