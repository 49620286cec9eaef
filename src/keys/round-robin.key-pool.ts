import { Logger } from '@nestjs/common';
import type { Clock } from '../common/time/clock.js';
import { KeyPool, type ApiKey, type Shortage } from './key-pool.js';
import { effectOf, type KeyEffect } from './key-policy.js';
import type { KeySignal } from './key-signal.js';

class PooledKey implements ApiKey {
  removed = false;
  /** Epoch milliseconds until which it is not used. */
  coolUntil = 0;
  /** Epoch milliseconds until which it is used only when nothing better is left. */
  chosenLastUntil = 0;

  constructor(readonly secret: string) {}
}

/** Keys in turn, from memory; a key that is cooling is passed over, a removed one never comes back. */
export class RoundRobinKeyPool extends KeyPool {
  private readonly logger = new Logger(KeyPool.name);
  private readonly keys: PooledKey[];
  private turn = 0;

  constructor(
    secrets: readonly string[],
    private readonly autoRemove: boolean,
    private readonly clock: Clock,
  ) {
    super();
    this.keys = secrets.map((secret) => new PooledKey(secret));
  }

  override next(refused: ReadonlySet<ApiKey>): ApiKey | null {
    const now = this.clock.now();
    let lastChoice: { key: ApiKey; index: number } | null = null;
    for (let step = 0; step < this.keys.length; step += 1) {
      const index = (this.turn + step) % this.keys.length;
      const key = this.keys[index];
      if (!key || key.removed || refused.has(key)) continue;
      if (key.coolUntil > now) continue;
      if (key.chosenLastUntil <= now) {
        this.turn = index + 1;
        return key;
      }
      lastChoice ??= { key, index };
    }
    if (!lastChoice) return null;
    this.turn = lastChoice.index + 1;
    return lastChoice.key;
  }

  override any(): ApiKey | null {
    const now = this.clock.now();
    return this.keys.find((key) => !key.removed && key.coolUntil <= now) ?? null;
  }

  override report(key: ApiKey, signal: KeySignal): void {
    const effect = effectOf(signal, this.autoRemove);
    if (!(key instanceof PooledKey) || key.removed) return;
    switch (effect.type) {
      case 'none':
        return;
      case 'remove':
        key.removed = true;
        this.logger.warn({ event: 'key.removed', key: lastFour(key), reason: signal.type });
        return;
      case 'cool':
        this.cool(key, effect);
        this.logger.warn({
          event: 'key.cooling',
          key: lastFour(key),
          reason: signal.type,
          forMs: effect.forMs,
        });
        return;
      default:
        effect satisfies never;
    }
  }

  private cool(key: PooledKey, { forMs, chosenLast }: KeyEffect & { type: 'cool' }): void {
    const until = this.clock.now() + forMs;
    if (chosenLast) key.chosenLastUntil = Math.max(key.chosenLastUntil, until);
    else key.coolUntil = Math.max(key.coolUntil, until);
  }

  override shortage(): Shortage {
    if (this.keys.length === 0) return { type: 'no-keys' };
    const now = this.clock.now();
    const waits = this.keys
      .filter((key) => !key.removed)
      .map((key) => key.coolUntil - now)
      .filter((wait) => wait > 0);
    if (waits.length === 0) return { type: 'none-usable' };
    return { type: 'all-cooling', forMs: Math.min(...waits) };
  }
}

/** All that a log may show of a key. */
function lastFour({ secret }: ApiKey): string {
  return `…${secret.length > 8 ? secret.slice(-4) : ''}`;
}
