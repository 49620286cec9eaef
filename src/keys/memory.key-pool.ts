import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/time/clock.js';
import { Settings } from '../config/settings.js';
import { KeyChanges, type PoolChange } from './key-changes.js';
import { mostKeysAsked, passedOverMs, type CallAction } from './key-policy.js';
import { KeyPool, type ApiKey, type KeySelection, type Shortage } from './key-pool.js';
import { KeyRegistry } from './key-registry.js';
import type { AttemptReport } from './attempt-outcome.js';
import { KeyOutcomeHandler } from './key-outcome.handler.js';
import { PoolCooldown } from './pool-cooldown.js';
import { PooledKey, type KeyCounts } from './pooled-key.js';
import { Waiters } from './waiters.js';

/** How long a first call after a long pause has its key for itself. */
const trialMs = 10_000;
/** As many as one question is tried with that no caller asked. */
const someKeys = 3;
/** Models that are limited at the same time: names are callers' words. */
const mostCooldowns = 64;
/** How often it is looked, while calls wait, whether something is over that has no deadline. */
const longestLookMs = 1_000;

/** The pool in memory: nothing on the way of a call waits for the database. */
@Injectable()
export class MemoryKeyPool extends KeyPool {
  /** By model. */
  private readonly cooldowns = new Map<string, PoolCooldown>();
  private readonly waiters = new Waiters();
  private readonly outcomes: KeyOutcomeHandler;
  /** Keys with counts that the database does not have yet. */
  private counted = new Set<PooledKey>();
  /** Calls that have a key and have not reported of it. */
  private open = 0;
  /** Something has changed that calls may wait for. */
  private isStale = false;
  private look: NodeJS.Timeout | null = null;

  constructor(
    private readonly registry: KeyRegistry,
    private readonly clock: Clock,
    changes: KeyChanges,
    { keys, models }: Settings,
  ) {
    super();
    this.outcomes = new KeyOutcomeHandler(registry, keys.autoRemove, models);
    changes.listen((change) => {
      this.onChange(change);
    });
  }

  override next(call: KeySelection): ApiKey | null {
    this.tick();
    if (this.isStale) this.serveWaiters();
    return this.acquire(call, this.clock.monotonic());
  }

  override some(): readonly ApiKey[] {
    this.tick();
    const found: PooledKey[] = [];
    for (const isSuspect of [false, true]) {
      for (const key of this.registry.keys) {
        if (found.length === someKeys) return found;
        if (key.isReady && (key.suspectSince !== null) === isSuspect) found.push(key);
      }
    }
    return found;
  }

  override report(call: KeySelection, key: ApiKey, report: AttemptReport): CallAction {
    if (!(key instanceof PooledKey)) throw new Error('The key is not of this pool');
    const { outcome } = report;
    const now = this.clock.monotonic();
    const acquiredAt = call.acquiredAt ?? now;
    this.release(call, key);
    if (outcome.type !== 'served' && outcome.type !== 'abandoned') this.countsOf(key).failures += 1;
    const next = this.outcomes.apply(call, key, report, acquiredAt, now);
    if (next === 'retry') call.fail(key);
    this.noteLimits(call, key, next, now);
    this.wake();
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

  override shortage(call: KeySelection): Shortage {
    if (this.registry.size === 0) return { type: 'no-keys' };
    const now = this.clock.monotonic();
    if (call.refusals.length >= mostKeysAsked) return conclusionOf(call, now);
    // Why there was none then: a limit that has run out since would seem to be no reason.
    const at = call.lookedAt ?? now;
    const cooldown = this.cooldowns.get(call.model);
    if (cooldown?.isOn(at)) {
      const forMs = cooldown.waitMs(now);
      return { type: 'pool-cooling', forMs, mayBeDisproved: this.open > 0 };
    }
    let first = Number.POSITIVE_INFINITY;
    let firstUntried = Number.POSITIVE_INFINITY;
    let isForModel = false;
    for (const key of this.registry.keys) {
      const until = freeAt(key, call.model, at);
      isForModel ||= key.isReady && until === null;
      if (until === null) continue;
      first = Math.min(first, until);
      if (!call.isRefusedBy(key)) firstUntried = Math.min(firstUntried, until);
    }
    if (firstUntried !== Number.POSITIVE_INFINITY) {
      return {
        type: 'all-cooling',
        forMs: Math.max(first - now, 1),
        waitMs: Math.max(firstUntried - now, 1),
      };
    }
    if (call.refusals.length > 0) return conclusionOf(call, now);
    return { type: isForModel ? 'none-for-model' : 'none-usable' };
  }

  override clear(call: KeySelection): void {
    // Others were not asked: those that were stay suspect, so that the next call asks others first.
    if (call.refusals.length >= mostKeysAsked) return;
    this.outcomes.clear(call, this.clock.monotonic());
    this.wake();
  }

  override wait(
    call: KeySelection,
    longestMs: number,
    signal: AbortSignal,
  ): Promise<ApiKey | null> {
    const found = this.waiters.wait(call, longestMs, signal);
    this.planLook();
    // What it waits for may have come while that was found out.
    this.wake();
    return found;
  }

  /** Lets pauses be over whose time has come. */
  tick(): void {
    if (this.registry.endPauses(this.clock.monotonic())) this.wake();
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

  private acquire(call: KeySelection, now: number): ApiKey | null {
    call.lookedAt = now;
    if (call.refusals.length >= mostKeysAsked) return null;
    const cooldown = this.cooldowns.get(call.model);
    if (cooldown?.isOn(now) && !cooldown.mayTry(call, now)) return null;
    const key = this.registry.choose(call, now);
    if (!key) return null;
    cooldown?.acquire(call, now);
    key.startOf(call.model)?.acquire(call, now);
    // After a long pause one call goes first, so that a key that is still bad is asked once.
    if (key.consecutiveFailures > 0) key.onTrialUntil = now + trialMs;
    if (key.suspectSince !== null && key.passedOverUntil === null) {
      this.registry.passOver(key, now + passedOverMs, now);
    }
    call.acquiredAt = now;
    this.open += 1;
    const counts = this.countsOf(key);
    counts.calls += 1;
    counts.lastUsedAt = this.clock.now();
    return key;
  }

  private release(call: KeySelection, key: PooledKey): void {
    if (call.acquiredAt === null) return;
    call.acquiredAt = null;
    this.open -= 1;
    key.onTrialUntil = 0;
  }

  /** What an attempt shows of rate limits: of this key with this model, and of all keys. */
  private noteLimits(call: KeySelection, key: PooledKey, next: CallAction, now: number): void {
    const { model } = call;
    const start = key.startOf(model);
    if (next === 'go-on') start?.pass(call);
    else start?.release(call);
    if (start?.isOver) key.endStart(model);
    const cooldown = this.cooldowns.get(model);
    const until = next === 'next-key' ? (call.refusals.at(-1)?.until ?? null) : null;
    if (until !== null) {
      this.cooldownOf(model).rateLimited(call, key, until, now);
    } else if (next === 'go-on') {
      if (cooldown?.succeeded(call, now)) this.cooldowns.delete(model);
    } else {
      cooldown?.release(call);
    }
  }

  private cooldownOf(model: string): PoolCooldown {
    const cooldown = this.cooldowns.get(model) ?? new PoolCooldown();
    this.cooldowns.set(model, cooldown);
    const [oldest] = this.cooldowns.keys();
    if (this.cooldowns.size > mostCooldowns && oldest !== undefined) this.cooldowns.delete(oldest);
    return cooldown;
  }

  /** Whoever changed a key decided about it, and who waits may look again. */
  private onChange(change: PoolChange): void {
    if (change.type === 'state') {
      const { key, origin } = change;
      if (origin === 'operator' || !key.isReady) {
        key.clearSuspicion();
        key.quotaRefusedSince = null;
        this.registry.endPassingOver(key, this.clock.monotonic());
      }
    }
    this.wake();
  }

  /** Once, after what runs now: several changes come together, and some are not complete yet. */
  private wake(): void {
    if (this.isStale || this.waiters.size === 0) return;
    this.isStale = true;
    queueMicrotask(() => {
      if (this.isStale) this.serveWaiters();
    });
  }

  private serveWaiters(): void {
    this.isStale = false;
    const now = this.clock.monotonic();
    this.waiters.offer((call) => this.acquire(call, now));
    this.planLook();
  }

  /** While calls wait, somebody must look when the next pause is over. */
  private planLook(): void {
    if (this.look !== null || this.waiters.size === 0) return;
    const now = this.clock.monotonic();
    const due = [this.registry.nextDue, ...[...this.cooldowns.values()].map(({ until }) => until)];
    const ahead = due.filter((at) => at !== null && at > now).map(Number);
    this.look = setTimeout(
      () => {
        this.look = null;
        this.tick();
        this.wake();
        this.planLook();
      },
      Math.ceil(Math.min(longestLookMs, ...ahead.map((at) => at - now))),
    );
  }

  private countsOf(key: PooledKey) {
    this.counted.add(key);
    return key.count();
  }
}

/** What the refusals of a call come to when no key is left for it. */
function conclusionOf({ refusals, isKnownModel }: KeySelection, now: number): Shortage {
  const kinds = new Set(refusals.map(({ outcome }) => outcome.type));
  const [kind] = kinds;
  const limits = refusals.flatMap(({ until }) => (until === null ? [] : [until - now]));
  if (limits.length > 0) {
    return { type: 'all-cooling', forMs: Math.max(Math.min(...limits), 1), waitMs: null };
  }
  // A key alone says nothing of others, and an empty account is not the request's fault.
  const isOfAccount = kind === 'quota-exhausted' || (kind === 'rejected' && refusals.length === 1);
  const isOfKeys = isOfAccount && isKnownModel;
  if (kind === undefined || kinds.size > 1 || isOfKeys) return { type: 'none-usable' };
  return { type: 'refused-by-all', outcome: kind };
}

/** When a key can be used for the model, if time alone makes it so; else null. */
function freeAt(key: PooledKey, model: string, now: number): number | null {
  if (key.state === 'cooling' && !key.isReady) return key.until;
  if (!key.isReady) return null;
  const restriction = key.restriction(model);
  if (restriction && restriction.until > now) {
    return restriction.reason === 'rate-limited' ? restriction.until : null;
  }
  if (key.onTrialUntil > now) return key.onTrialUntil;
  // Others go first, and who knows for how long.
  return key.isStartingSlowly(model, now) ? now + 1 : null;
}
