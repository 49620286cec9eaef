import { Injectable } from '@nestjs/common';
import { KeyRegistry } from '../../keys/key-registry.js';
import { NoKeysError, NoUsableKeyError } from '../../upstreams/upstream.errors.js';
import { HealthIndicator } from './health.indicator.js';

/** Whether there is an API key that serves, now or after a rate limit. */
@Injectable()
export class KeysHealthIndicator extends HealthIndicator {
  readonly part = 'keys';

  constructor(private readonly registry: KeyRegistry) {
    super();
  }

  override check(): void {
    if (this.registry.size === 0) throw new NoKeysError();
    if (this.registry.usableCount === 0) throw new NoUsableKeyError();
  }
}
