import { Injectable, Logger } from '@nestjs/common';
import { IdSource } from '../platform/ids/id-source.js';
import { Clock } from '../platform/time/clock.js';
import { isoTime } from '../platform/time/iso-time.js';
import { KeyChanges, type PoolChange } from './key-changes.js';
import type { KeyEvent } from './key-event.js';
import { KeyRegistry } from './key-registry.js';
import type { KeyHealth, ModelRestriction } from './key-state.js';
import { KeyWebhook } from './key-webhook.js';
import type { PooledKey } from './pooled-key.js';

/** Model names are callers' words: only what looks like one is repeated. */
const modelName = /^[\w.:/@-]{1,64}$/;

/** Tells the log and the webhook what happened to keys. */
@Injectable()
export class KeyEventsService {
  private readonly logger = new Logger('Keys');
  private wasEmpty: boolean | null = null;

  constructor(
    private readonly registry: KeyRegistry,
    private readonly webhook: KeyWebhook,
    private readonly ids: IdSource,
    private readonly clock: Clock,
    changes: KeyChanges,
  ) {
    changes.listen((change) => {
      this.onChange(change);
    });
  }

  private onChange(change: PoolChange): void {
    const isAnnounced = change.type === 'members' || change.origin !== 'other-process';
    if (change.type === 'state' && isAnnounced) this.announce(change);
    const isEmpty = this.registry.usableCount === 0;
    if (this.wasEmpty !== null && isEmpty !== this.wasEmpty && isAnnounced) {
      this.send(
        isEmpty ? 'pool.empty' : 'pool.recovered',
        change.type === 'state' ? change.key : null,
      );
    }
    this.wasEmpty = isEmpty;
  }

  private announce({ key, from }: PoolChange & { type: 'state' }): void {
    for (const restriction of newRestrictions(key.health, from)) this.logModel(key, restriction);
    if (key.state === from.state) return;
    this.logger[key.state === 'active' ? 'log' : 'warn']({
      event: 'key.state',
      key: key.id,
      fingerprint: key.tag,
      from: from.state,
      to: key.state,
      reason: key.reason,
      error: key.lastError,
      until: this.shown(key.until),
    });
    if (key.state === 'invalid') this.send('key.invalid', key);
    if (key.state === 'exhausted') this.send('key.exhausted', key);
  }

  private logModel(key: PooledKey, { model, state, until }: ModelRestriction): void {
    this.logger.warn({
      event: 'key.model',
      key: key.id,
      fingerprint: key.tag,
      model: modelName.test(model) ? model : 'other',
      to: state,
      until: this.shown(until),
    });
  }

  private send(type: KeyEvent['type'], key: PooledKey | null): void {
    const at = new Date(this.clock.now()).toISOString();
    this.webhook.send({ id: this.ids.next('evt'), type, at, key: key && this.describe(key) });
  }

  private describe({ id, source, lastFour, state, reason, until, lastError }: PooledKey): object {
    return { id, source, lastFour, state, reason, until: this.shown(until), lastError };
  }

  private shown(until: number | null): string | null {
    return isoTime(until === null ? null : this.clock.toEpoch(until));
  }
}

function newRestrictions(now: KeyHealth, before: KeyHealth): ModelRestriction[] {
  const known = new Map(before.models.map(({ model, until }) => [model, until]));
  return now.models.filter(({ model, until }) => (known.get(model) ?? 0) < until);
}
