import { Injectable } from '@nestjs/common';
import { Clock } from '../common/time/clock.js';
import { Settings } from '../config/settings.js';
import { KeyChanges, type PoolChange } from './key-changes.js';
import type { CallAction } from './key-policy.js';
import { KeyPool, type ApiKey, type KeyCall, type Shortage } from './key-pool.js';
import { KeyRoster } from './key-roster.js';
import type { Outcome } from './key-signal.js';
import { KeyVerdicts } from './key-verdicts.js';
import { PoolCooldown } from './pool-cooldown.js';
import { PooledKey, type KeyCounts } from './pooled-key.js';
import { Waiters } from './waiters.js';

/** How long a first call after a long pause has its key for itself. */
const trialMs = 10_000;

/** The pool in memory: nothing on the way of a call waits for the database. */
@Injectable()
export class MemoryKeyPool extends KeyPool {
  private readonly cooldown = new PoolCooldown();
  private readonly waiters = new Waiters();
  private readonly verdicts: KeyVerdicts;
  /** Keys with counts that the database does not have yet. */
  private counted = new Set<PooledKey>();
  /** Calls that have a key and have not reported of it. */
  private open = 0;

  constructor(
    private readonly roster: KeyRoster,
    private readonly clock: Clock,
    changes: KeyChanges,
    { keys }: Settings,
  ) {
    super();
    this.verdicts = new KeyVerdicts(roster, this.cooldown, keys.autoRemove);
    changes.listen((change) => {
      this.heed(change);
    });
  }

  override next(call: KeyCall): ApiKey | null {
    const now = this.clock.now();
    this.tick();
    if (this.cooldown.blocks(call, now)) return null;
    const key = this.roster.choose(call, now, false) ?? this.roster.choose(call, now, true);
    if (!key) {
      this.cooldown.endTrialOf(call);
      return null;
    }
    // After a long pause one call goes first, so that a key that is still bad is asked once.
    if (key.strikes > 0) key.onTrialUntil = now + trialMs;
    call.lentAt = now;
    this.open += 1;
    const counts = this.countsOf(key);
    counts.calls += 1;
    counts.lastUsedAt = now;
    return key;
  }

  override any(): ApiKey | null {
    this.tick();
    for (const key of this.roster.keys) if (key.isReady) return key;
    return null;
  }

  override report(call: KeyCall, key: ApiKey, outcome: Outcome): CallAction {
    if (!(key instanceof PooledKey)) throw new Error('The key is not of this pool');
    const { signal } = outcome;
    const now = this.clock.now();
    const lentAt = call.lentAt ?? now;
    this.takeBack(call, key);
    if (signal.type !== 'served' && signal.type !== 'abandoned') this.countsOf(key).failures += 1;
    if (signal.type === 'served' && this.cooldown.disprove()) this.waiters.wake();
    const next = this.verdicts.judge(call, key, outcome, lentAt, now);
    if (next === 'next-key') call.refuse(key);
    if (next === 'retry') call.fail(key);
    if (signal.type !== 'rate-limited') this.cooldown.endTrialOf(call);
    return next;
  }

  override recordFailure(key: ApiKey, error: string): void {
    if (!(key instanceof PooledKey)) return;
    this.countsOf(key).failures += 1;
    key.noteError(error);
  }

  override recordTokens(key: ApiKey, inputTokens: number, outputTokens: number): void {
    if (!(key instanceof PooledKey)) return;
    const counts = this.countsOf(key);
    counts.inputTokens += inputTokens;
    counts.outputTokens += outputTokens;
  }

  override shortage(call: KeyCall): Shortage {
    if (this.roster.size === 0) return { type: 'no-keys' };
    const now = this.clock.now();
    if (this.cooldown.isOn(call, now)) {
      const forMs = this.cooldown.waitMs(now);
      return { type: 'pool-cooling', forMs, mayBeDisproved: this.open > 0 };
    }
    let first = Number.POSITIVE_INFINITY;
    let firstUntried = Number.POSITIVE_INFINITY;
    let isForModel = false;
    for (const key of this.roster.keys) {
      isForModel ||= key.isReady && key.isRestricted(call.model, now);
      const until = freeAt(key);
      if (until <= now || key.isRestricted(call.model, until)) continue;
      first = Math.min(first, until);
      if (!call.isRefusedBy(key)) firstUntried = Math.min(firstUntried, until);
    }
    if (first === Number.POSITIVE_INFINITY) {
      return { type: isForModel ? 'none-for-model' : 'none-usable' };
    }
    const waitMs = firstUntried === Number.POSITIVE_INFINITY ? null : firstUntried - now;
    return { type: 'all-cooling', forMs: first - now, waitMs };
  }

  override change(longestMs: number, signal: AbortSignal): Promise<void> {
    return this.waiters.wait(longestMs, signal);
  }

  /** Lets what is over be over: pauses, and suspicions that nothing came of. */
  tick(): void {
    const now = this.clock.now();
    this.verdicts.settleOverdue(now);
    if (this.roster.release(now)) this.waiters.wake();
  }

  /** Keys with counts since the last time. */
  takeCounted(): PooledKey[] {
    const counted = [...this.counted];
    this.counted = new Set();
    return counted;
  }

  /** Counts that could not be written. */
  returnCounts(key: PooledKey, counts: KeyCounts): void {
    key.returnCounts(counts);
    this.counted.add(key);
  }

  /** Whoever changed a key: the suspicion is settled, and who waits may look again. */
  private heed(change: PoolChange): void {
    if (change.type === 'state') {
      this.verdicts.acquit(change.key);
      if (change.origin === 'operator') change.key.rateLimits = 0;
    } else {
      this.verdicts.forgetGone();
    }
    if (change.type === 'members' || change.key.isReady) this.waiters.wake();
  }

  private takeBack(call: KeyCall, key: PooledKey): void {
    if (call.lentAt === null) return;
    call.lentAt = null;
    this.open -= 1;
    key.onTrialUntil = 0;
    if (key.strikes > 0 || this.cooldown.until !== null) this.waiters.wake();
  }

  private countsOf(key: PooledKey) {
    this.counted.add(key);
    return key.count();
  }
}

/** When a key that waits for a moment can be used again; 0 when it does not wait or waits for more. */
function freeAt(key: PooledKey): number {
  if (key.state === 'cooling' && !key.isChosenLast) return key.until ?? 0;
  return key.isReady ? key.onTrialUntil : 0;
}
