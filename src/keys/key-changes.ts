import { Injectable } from '@nestjs/common';
import type { KeyHealth } from './key-state.js';
import type { PooledKey } from './pooled-key.js';

/** Who decided a change. */
export type ChangeOrigin =
  /** The pool, after a call or a probe: the database does not know it yet. */
  | 'pool'
  /** The time that was set for it. */
  | 'time'
  /** An operator, through this process. */
  | 'operator'
  /** Another process, which has told of it already. */
  | 'other-process';

/** What happened to the pool's keys. */
export type PoolChange =
  | { type: 'state'; key: PooledKey; from: KeyHealth; origin: ChangeOrigin }
  /** Keys came or went. */
  | { type: 'members' };

/** Tells whoever listens what happened to the pool's keys. */
@Injectable()
export class KeyChanges {
  private readonly listeners: ((change: PoolChange) => void)[] = [];

  listen(listener: (change: PoolChange) => void): void {
    this.listeners.push(listener);
  }

  emit(change: PoolChange): void {
    for (const listener of this.listeners) listener(change);
  }
}
