import { Injectable } from '@nestjs/common';
import { Clock } from '../common/time/clock.js';
import { Settings } from '../config/settings.js';
import { KeyChanges, type PoolChange } from './key-changes.js';
import { actionFor, type CallAction, type KeyAction, type KeyFacts } from './key-policy.js';
import { KeyPool, type ApiKey, type KeyCall, type Shortage } from './key-pool.js';
import { KeyRoster } from './key-roster.js';
import type { KeySignal, Outcome } from './key-signal.js';
import { keyStates, type KeyReason, type KeyState } from './key-state.js';
import { PoolCooldown } from './pool-cooldown.js';
import { PooledKey, type KeyCounts } from './pooled-key.js';
import { SuspectKeys, type Suspect } from './suspect-keys.js';
import { Waiters } from './waiters.js';

/** How long a first call after a long pause has its key for itself. */
const trialMs = 10_000;

/** The pool in memory: nothing on the way of a call waits for the database. */
@Injectable()
export class MemoryKeyPool extends KeyPool {
  private readonly cooldown = new PoolCooldown();
  private readonly suspects = new SuspectKeys();
  private readonly waiters = new Waiters();
  /** Keys with counts that the database does not have yet. */
  private counted = new Set<PooledKey>();
  private open = 0;

  private readonly autoRemove: boolean;

  constructor(
    private readonly roster: KeyRoster,
    private readonly clock: Clock,
    changes: KeyChanges,
    { keys }: Settings,
  ) {
    super();
    this.autoRemove = keys.autoRemove;
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

  override report(call: KeyCall, key: ApiKey, { signal, error }: Outcome): CallAction {
    if (!(key instanceof PooledKey)) throw new Error('The key is not of this pool');
    const now = this.clock.now();
    const lentAt = call.lentAt ?? now;
    this.takeBack(call, key);
    if (signal.type !== 'served' && signal.type !== 'abandoned') this.countsOf(key).failures += 1;
    this.learn(key, signal, lentAt, now);
    const { key: action, call: next } = actionFor(signal, this.factsOf(key, call, signal, now));
    if (next === 'next-key') call.refuse(key);
    if (next === 'retry') call.fail(key);
    if (signal.type !== 'rate-limited' && signal.type !== 'served') this.cooldown.endTrialOf(call);
    if (signal.type === 'rejected') return this.suspect(key, error ?? null, now);
    this.act({ call, key, signal, error: error ?? null, now }, action);
    return next;
  }

  override recordFailure(key: ApiKey, error: string): void {
    if (!(key instanceof PooledKey)) return;
    const counts = this.countsOf(key);
    counts.failures += 1;
    counts.lastError = error;
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
    for (const suspect of this.suspects.convictOverdue(now)) this.invalidate(suspect, now);
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
    if (change.type === 'state') this.suspects.acquit(change.key);
    else this.suspects.keep((key) => this.roster.has(key));
    if (change.type === 'members' || change.key.isReady) this.waiters.wake();
  }

  private takeBack(call: KeyCall, key: PooledKey): void {
    if (call.lentAt === null) return;
    call.lentAt = null;
    this.open -= 1;
    key.onTrialUntil = 0;
    if (key.strikes > 0 || this.cooldown.until !== null) this.waiters.wake();
  }

  /** What an answer of one key tells about the others and the upstream. */
  private learn(key: PooledKey, signal: KeySignal, lentAt: number, now: number): void {
    if (!provesAuthentication(signal)) return;
    if (this.suspects.acquit(key)) this.roster.place(key, now);
    for (const suspect of this.suspects.convict(lentAt)) this.invalidate(suspect, now);
    if (signal.type === 'served' && this.cooldown.disprove()) this.waiters.wake();
  }

  /** A 401: the key's fault, unless every key is told the same. */
  private suspect(key: PooledKey, error: string | null, now: number): CallAction {
    if (!key.isReady || !this.roster.has(key)) return 'next-key';
    if (this.suspects.isUpstreamAtFault(now)) return 'fail';
    this.suspects.add(key, now, error);
    this.roster.place(key, now);
    const { enabledCount, readyCount } = this.roster;
    const isEveryKey = this.suspects.size === enabledCount;
    if (isEveryKey && enabledCount > 1) {
      for (const freed of this.suspects.blameUpstream(now)) this.roster.place(freed, now);
      return 'fail';
    }
    // One key alone says nothing of others, and keys that are out were not refused like this one.
    if (isEveryKey || this.suspects.size + readyCount < enabledCount) {
      for (const suspect of this.suspects.takeAll()) this.invalidate(suspect, now);
    }
    return 'next-key';
  }

  private invalidate({ key, error }: Suspect, now: number): void {
    const signal: KeySignal = { type: 'rejected' };
    const facts = {
      autoRemove: this.autoRemove,
      strikes: key.strikes,
      isForbiddenElsewhere: false,
    };
    const { key: action } = actionFor(signal, facts);
    this.act({ call: null, key, signal, error, now }, action);
  }

  private act(about: Occasion, action: KeyAction): void {
    const { call, key, error, now } = about;
    switch (action.type) {
      case 'none':
        if (error !== null) this.countsOf(key).lastError = error;
        return;
      case 'clear':
        this.clear(key, call?.model ?? null, now);
        return;
      case 'become':
        this.takeOut(about, action.state, now + action.forMs);
        return;
      case 'choose-last':
        this.takeOut(about, 'cooling', now + action.forMs);
        return;
      case 'restrict':
        if (call) this.restrict(about, call.model, action);
        return;
      default:
        action satisfies never;
    }
  }

  /** A key that served is as good as new, unless it was taken out while this call ran. */
  private clear(key: PooledKey, model: string | null, now: number): void {
    key.rateLimits = 0;
    if (!key.isReady) return;
    const wasRestricted = model !== null && !key.isRestricted(model, now) && key.unrestrict(model);
    if (key.strikes === 0 && key.state === 'active' && !wasRestricted) return;
    const standing = { ...key.standing, state: 'active' as const, reason: null, until: null };
    this.roster.set(key, { ...standing, strikes: 0 }, now, 'pool');
  }

  private takeOut({ call, key, signal, error, now }: Occasion, state: KeyState, until: number) {
    const isLonger = state === 'cooling' && key.state === state && until > (key.until ?? 0);
    if (!isWorse(state, key.state) && !isLonger) return;
    const { strikes } = key;
    const isRateLimit = signal.type === 'rate-limited';
    if (isRateLimit && key.isReady) key.rateLimits += 1;
    this.roster.set(
      key,
      {
        ...key.standing,
        state,
        reason: reasonOf(signal),
        until,
        strikes: isRateLimit || !key.isReady ? strikes : strikes + 1,
        lastError: error ?? key.lastError,
      },
      now,
      'pool',
    );
    if (call && isRateLimit) this.coolTogether(call, key, until, now);
  }

  private coolTogether(call: KeyCall, key: PooledKey, until: number, now: number): void {
    for (const together of this.cooldown.rateLimited(call, key, until, now)) {
      if (together.state !== 'cooling') continue;
      this.roster.set(together, { ...together.standing, until: this.cooldown.until }, now, 'pool');
    }
  }

  private restrict(
    { key, error, now }: Occasion,
    model: string,
    { state, forMs }: KeyAction & { type: 'restrict' },
  ): void {
    const before = key.restriction(model);
    if (before && before.until > now) return;
    const strikes = (before?.strikes ?? 0) + 1;
    const { standing } = key;
    const others = standing.models.filter((other) => other.model !== model);
    const models = [...others, { model, state, until: now + forMs, strikes }];
    const lastError = error ?? key.lastError;
    this.roster.set(key, { ...standing, models, lastError }, now, 'pool');
  }

  private factsOf(key: PooledKey, call: KeyCall, signal: KeySignal, now: number): KeyFacts {
    const strikes = strikesOf(key, call, signal);
    return {
      autoRemove: this.autoRemove,
      // What calls report that were on their way when the key was taken out is the same strike.
      strikes: key.isReady ? strikes : Math.max(strikes - 1, 0),
      isForbiddenElsewhere: key.isForbiddenElsewhere(call.model, now),
    };
  }

  private countsOf(key: PooledKey) {
    this.counted.add(key);
    return key.count();
  }
}

/** What was said of a key, and on which occasion. */
interface Occasion {
  /** Null when the verdict came after the call. */
  call: KeyCall | null;
  key: PooledKey;
  signal: KeySignal;
  error: string | null;
  now: number;
}

/** In the order of how much it takes to be used again. */
function isWorse(state: KeyState, than: KeyState): boolean {
  return keyStates.indexOf(state) > keyStates.indexOf(than);
}

/** An upstream that says so has taken the key for one of its own. */
function provesAuthentication({ type }: KeySignal): boolean {
  return (
    type === 'served' ||
    type === 'quota-exhausted' ||
    type === 'rate-limited' ||
    type === 'model-not-found'
  );
}

function strikesOf(key: PooledKey, { model }: KeyCall, { type }: KeySignal): number {
  if (type === 'rate-limited') return key.rateLimits;
  if (type === 'forbidden') return Math.max(key.strikes, key.restriction(model)?.strikes ?? 0);
  return key.strikes;
}

function reasonOf({ type }: KeySignal): KeyReason | null {
  switch (type) {
    case 'rejected':
    case 'forbidden':
    case 'quota-exhausted':
    case 'rate-limited':
      return type;
    default:
      return null;
  }
}

/** When a key that waits for a moment can be used again; 0 when it does not wait or waits for more. */
function freeAt(key: PooledKey): number {
  if (key.state === 'cooling' && !key.isChosenLast) return key.until ?? 0;
  return key.isReady ? key.onTrialUntil : 0;
}
