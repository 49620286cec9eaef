import type { CallAction } from './key-policy.js';
import type { AttemptOutcome, AttemptReport } from './attempt-outcome.js';

/** A key acquired for one attempt. */
export interface ApiKey {
  readonly secret: string;
}

/** What a key refused a call with, until it is known whose fault that is. */
export interface Refusal {
  key: ApiKey;
  outcome: AttemptOutcome;
  error: string | null;
  /** When another attempt makes sense, by the monotonic clock; null when time alone does not help. */
  until: number | null;
}

const noRefusals: readonly Refusal[] = [];

/** One call on its way from key to key: what it asks for, and which keys it has been refused by. */
export class KeySelection {
  /** Since when it has a key, by the monotonic clock; the pool's own note. */
  acquiredAt: number | null = null;
  /** When a key was last looked for, by the same clock; the pool's own note too. */
  lookedAt: number | null = null;
  private refused: Refusal[] | null = null;
  private failedOn: Set<ApiKey> | null = null;

  /**
   * @param affinity calls with the same one prefer the same key, because upstreams cache prompts by
   *   key; null takes keys in turn
   * @param isKnownModel whether the model is configured or listed; no other name changes a key
   */
  constructor(
    readonly model: string,
    readonly affinity: string | null = null,
    readonly isKnownModel = true,
  ) {}

  /** Whether any key failed or refused it. */
  get isUnserved(): boolean {
    return this.refused !== null || this.failedOn !== null;
  }

  /** By which keys it was refused, a few at most. */
  get refusals(): readonly Refusal[] {
    return this.refused ?? noRefusals;
  }

  /** The key is not given to this call again. */
  refuse(refusal: Refusal): void {
    this.refused ??= [];
    this.refused.push(refusal);
  }

  /** The key is given to this call again only when no other is left. */
  fail(key: ApiKey): void {
    this.failedOn ??= new Set();
    this.failedOn.add(key);
  }

  isRefusedBy(key: ApiKey): boolean {
    return this.refused?.some((refusal) => refusal.key === key) ?? false;
  }

  hasFailedOn(key: ApiKey): boolean {
    return this.failedOn?.has(key) ?? false;
  }
}

/** Why there is no key to acquire. */
export type Shortage =
  /** There is none at all. */
  | { type: 'no-keys' }
  /** None is usable until an operator or a probe helps. */
  | { type: 'none-usable' }
  /** There are usable keys, but none for this model. */
  | { type: 'none-for-model' }
  /**
   * Keys are waiting out a rate limit: the first is free after `forMs`; the first that this call may
   * still try after `waitMs`, null when it was refused by all of them.
   */
  | { type: 'all-cooling'; forMs: number; waitMs: number | null }
  /** The upstream limits all keys together; calls that are still open may yet disprove it. */
  | { type: 'pool-cooling'; forMs: number; mayBeDisproved: boolean }
  /**
   * Every key that was asked refused the call in the same way, so it is not the keys' fault: for 401
   * it is the upstream's, else the request's.
   */
  | { type: 'refused-by-all'; outcome: AttemptOutcome['type'] };

/** The service's supply of API keys: calls acquire them and report what became of each attempt. */
export abstract class KeyPool {
  /** The key to use next; null if none is usable now. Every key acquired is {@link report}ed once. */
  abstract next(call: KeySelection): ApiKey | null;

  /** A few keys for a question that no caller asked, out of turn, suspect ones last. */
  abstract some(): readonly ApiKey[];

  /** Draws the consequences of an attempt. @returns what becomes of the call */
  abstract report(call: KeySelection, key: ApiKey, report: AttemptReport): CallAction;

  /** Takes note of what went wrong after the answer had begun, which costs the key nothing. */
  abstract recordFailure(key: ApiKey, error: string): void;

  /** Counts what the upstream charged for. */
  abstract recordTokens(key: ApiKey, inputTokens: number, outputTokens: number): void;

  /** Why {@link next} returned null. */
  abstract shortage(call: KeySelection): Shortage;

  /** The refusals of the call were not the keys' fault: they are what they were before. */
  abstract clear(call: KeySelection): void;

  /**
   * Waits for a key, first come, first served. Resolves with it, or with null when there is none
   * after `longestMs`, or on abort.
   */
  abstract wait(call: KeySelection, longestMs: number, signal: AbortSignal): Promise<ApiKey | null>;
}
