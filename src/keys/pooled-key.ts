import type { ApiKey, KeySelection } from './key-pool.js';
import {
  fresh,
  lastFourOf,
  type KeyReason,
  type KeySource,
  type KeyHealth,
  type KeyState,
  type ModelRestriction,
} from './key-state.js';
import { SlowStart } from './slow-start.js';

/** Counted since the last flush to the database. */
export interface KeyCounts {
  calls: number;
  failures: number;
  inputTokens: number;
  outputTokens: number;
  /** Epoch milliseconds; 0 when it was not used. */
  lastUsedAt: number;
  /** See {@link KeyHealth}; null when nothing went wrong. */
  lastError: string | null;
}

/** What a key is known by. */
export interface KeyIdentity {
  id: string;
  /** Hex HMAC of the secret, the same in every process of one database. */
  fingerprint: string;
  secret: string;
  source: KeySource;
}

const mostModels = 32;

/**
 * Whether another key is better for the call: it failed on this one already, or was not served by
 * another and this one is suspect too, so that it would hardly be served, and prove nothing of either.
 */
export function isSuspectFor(call: KeySelection, key: PooledKey): boolean {
  return call.hasFailedOn(key) || (call.isUnserved && key.suspectSince !== null);
}

/** A key of the pool with its state, as this process knows it. */
export class PooledKey implements ApiKey {
  readonly id: string;
  readonly fingerprint: string;
  readonly secret: string;
  source: KeySource;
  state: KeyState = fresh.state;
  reason: KeyReason | null = fresh.reason;
  /** See {@link KeyHealth}. */
  until: number | null = fresh.until;
  consecutiveFailures = fresh.consecutiveFailures;
  lastError: string | null = fresh.lastError;
  /** The version of the stored row that this state builds on. */
  version = 0;
  /**
   * Since when, by the monotonic clock like all times here, it is suspect: it refused a call and it
   * is not proved whose fault that is, it did not answer in time, or it fails while others serve.
   * Null when it serves.
   */
  suspectSince: number | null = null;
  /** Until when other keys go first, because it is suspect. */
  passedOverUntil: number | null = null;
  /** After how many calls that the pool served it failed for the first time since it served one itself. */
  failedAt: number | null = null;
  /** How often in a row it stayed silent to a call that tried it again. */
  silences = 0;
  /** Since when calls are answered that nothing is left to spend, without proof. */
  quotaRefusedSince: number | null = null;
  /** Until when a first call after a pause has the key for itself. */
  onTrialUntil = 0;
  private starts: Map<string, SlowStart> | null = null;
  private counts: KeyCounts | null = null;
  private models: Map<string, ModelRestriction> | null = null;

  constructor({ id, fingerprint, secret, source }: KeyIdentity) {
    this.id = id;
    this.fingerprint = fingerprint;
    this.secret = secret;
    this.source = source;
  }

  get lastFour(): string {
    return lastFourOf(this.secret);
  }

  /** How logs name it. */
  get tag(): string {
    return this.fingerprint.slice(0, 12);
  }

  get isEnabled(): boolean {
    return this.state !== 'disabled';
  }

  /** Usable, behind all others: rejected with AUTO_REMOVE_KEYS=false, or suspect. */
  get isDeprioritized(): boolean {
    return this.passedOverUntil !== null || this.isRejectedButUsed;
  }

  private get isRejectedButUsed(): boolean {
    return this.state === 'cooling' && this.reason === 'rejected';
  }

  /** Whether it can be acquired at all, models and running trials apart. */
  get isReady(): boolean {
    return this.state === 'active' || this.isRejectedButUsed;
  }

  /** Whether this call may have it now. */
  canServe(call: KeySelection, now: number): boolean {
    return (
      this.isReady &&
      this.onTrialUntil <= now &&
      !call.isRefusedBy(this) &&
      !this.isRestricted(call.model, now) &&
      !this.isStartingSlowly(call.model, now)
    );
  }

  isRestricted(model: string, now: number): boolean {
    const restriction = this.models?.get(model);
    return restriction !== undefined && restriction.until > now;
  }

  restriction(model: string): ModelRestriction | undefined {
    return this.models?.get(model);
  }

  get restrictions(): readonly ModelRestriction[] {
    return this.models ? [...this.models.values()] : [];
  }

  /** @returns whether there was one */
  unrestrict(model: string): boolean {
    return this.models?.delete(model) ?? false;
  }

  isSuspendedFor(model: string, now: number): boolean {
    return this.isRestricted(model, now) && this.restriction(model)?.state === 'suspended';
  }

  isRefusedElsewhere(model: string, now: number): boolean {
    return this.restrictions.some(
      (other) => other.model !== model && this.isSuspendedFor(other.model, now),
    );
  }

  /** Whether calls for the model must wait for each other, after a rate limit. */
  isStartingSlowly(model: string, now: number): boolean {
    return this.starts?.get(model)?.isFull(now) ?? false;
  }

  startOf(model: string): SlowStart | undefined {
    return this.starts?.get(model);
  }

  /** Calls for the model come one by one from now on, until they are served. */
  startSlowly(model: string): SlowStart {
    this.starts ??= new Map();
    const start = this.starts.get(model) ?? new SlowStart();
    this.starts.delete(model);
    this.starts.set(model, start);
    const [oldest] = this.starts.keys();
    if (this.starts.size > mostModels && oldest !== undefined) this.starts.delete(oldest);
    return start;
  }

  endStart(model: string): void {
    this.starts?.delete(model);
    if (this.starts?.size === 0) this.starts = null;
  }

  get health(): KeyHealth {
    const { state, reason, until, consecutiveFailures, lastError, restrictions } = this;
    return { state, reason, until, consecutiveFailures, lastError, models: restrictions };
  }

  set health({ state, reason, until, consecutiveFailures, lastError, models }: KeyHealth) {
    Object.assign(this, { state, reason, until, consecutiveFailures, lastError });
    this.onTrialUntil = 0;
    // Models are callers' words, so only so many are kept: those that end first give way.
    const kept = [...models].sort((a, b) => b.until - a.until).slice(0, mostModels);
    this.models = kept.length === 0 ? null : new Map(kept.map((entry) => [entry.model, entry]));
  }

  /** It is no longer suspect, whatever it was suspect for. */
  clearSuspicion(): void {
    this.suspectSince = null;
    this.failedAt = null;
    this.silences = 0;
  }

  /** What is counted since the last flush, to add to. */
  count(): KeyCounts {
    this.counts ??= {
      calls: 0,
      failures: 0,
      inputTokens: 0,
      outputTokens: 0,
      lastUsedAt: 0,
      lastError: null,
    };
    return this.counts;
  }

  /** What went wrong and changes nothing; it is written with the counts. */
  noteError(error: string | null): void {
    if (error !== null) this.count().lastError = error;
  }

  /** Hands the counts over and starts from zero. */
  takeCounts(): KeyCounts | null {
    const { counts } = this;
    this.counts = null;
    return counts;
  }

  /** Gives counts back that could not be written. */
  returnCounts(unwritten: KeyCounts): void {
    const counts = this.count();
    counts.calls += unwritten.calls;
    counts.failures += unwritten.failures;
    counts.inputTokens += unwritten.inputTokens;
    counts.outputTokens += unwritten.outputTokens;
    counts.lastUsedAt = Math.max(counts.lastUsedAt, unwritten.lastUsedAt);
    counts.lastError ??= unwritten.lastError;
  }
}
