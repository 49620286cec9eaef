import {
  actionFor,
  longestSilenceMs,
  longestUnprovedMs,
  passedOverMs,
  rateLimitMs,
  type CallAction,
  type KeyAction,
  type KeyFacts,
} from './key-policy.js';
import { configuredModels, type ModelSettings } from '../config/settings.js';
import type { KeySelection } from './key-pool.js';
import type { KeyRegistry } from './key-registry.js';
import type { AttemptOutcome, AttemptReport } from './attempt-outcome.js';
import { keyStates, type KeyReason, type KeyState, type ModelRestriction } from './key-state.js';
import { PooledKey } from './pooled-key.js';

/** What was said of a key, and on which occasion. */
interface Occasion {
  call: KeySelection;
  key: PooledKey;
  outcome: AttemptOutcome;
  error: string | null;
  /** By the monotonic clock. */
  now: number;
}

/**
 * Carries out what the policy says about keys. What could be the request's fault, or the upstream's,
 * is only noted at first; it is carried out when another key serves the same call.
 */
export class KeyOutcomeHandler {
  private readonly configured: ReadonlySet<string>;
  /** How many calls were served so far. */
  private succeeded = 0;

  /** @param autoRemove AUTO_REMOVE_KEYS */
  constructor(
    private readonly registry: KeyRegistry,
    private readonly autoRemove: boolean,
    models: ModelSettings,
  ) {
    this.configured = configuredModels(models);
  }

  /**
   * Draws the consequences for the key, and for those that refused the call before.
   *
   * @param acquiredAt when the call got the key, by the monotonic clock
   */
  apply(
    call: KeySelection,
    key: PooledKey,
    report: AttemptReport,
    acquiredAt: number,
    now: number,
  ): CallAction {
    const { outcome, error = null } = report;
    const about: Occasion = { call, key, outcome, error, now };
    const wasTriedAgain = key.suspectSince !== null && acquiredAt >= key.suspectSince;
    if (outcome.type === 'timeout' && wasTriedAgain) key.silences += 1;
    const decision = actionFor(outcome, this.factsOf(about));
    if (outcome.type === 'fault') key.failedAt ??= this.succeeded;
    if (decision.call === 'go-on') {
      this.trust(key, acquiredAt, now);
      this.confirm(call, key, now);
    }
    if (decision.call === 'next-key') {
      call.refuse({ key, outcome, error, until: untilOf(about) });
    }
    const leftUnanswered = outcome.type === 'abandoned' && now - acquiredAt >= longestSilenceMs;
    if (leftUnanswered || (decision.needsProof && !this.isProved(about)))
      this.markSuspect(about, passedOverMs);
    else this.act(about, decision.key);
    return decision.call;
  }

  /** The refusals of the call say nothing of its keys. */
  clear(call: KeySelection, now: number): void {
    for (const { key } of call.refusals) {
      if (key instanceof PooledKey) this.clearSuspicion(key, now);
    }
  }

  /** Another key served the call: whoever refused it was at fault, unless it has served since. */
  private confirm(call: KeySelection, server: PooledKey, now: number): void {
    for (const { key, outcome, error } of call.refusals) {
      if (!(key instanceof PooledKey) || key === server || key.suspectSince === null) continue;
      const about: Occasion = { call, key, outcome, error, now };
      const { key: action, needsProof } = actionFor(outcome, this.factsOf(about));
      // It stays suspect where its account was refused: calls for other models will show.
      if (!needsProof || (isOfAccount(outcome) && action.type === 'none')) continue;
      this.clearSuspicion(key, now);
      this.act(about, action);
    }
  }

  /**
   * What only the account can cause needs no other key where there is none to ask, and an empty
   * account none where nothing was served for a minute.
   */
  private isProved({ call, key, outcome, now }: Occasion): boolean {
    if (!isOfAccount(outcome) || !call.isKnownModel || !key.isReady) return false;
    if (this.registry.readyCount === 1) return true;
    if (outcome.type === 'rejected') return false;
    key.quotaRefusedSince ??= now;
    return now - key.quotaRefusedSince >= longestUnprovedMs;
  }

  private markSuspect({ key, error, now }: Occasion, forMs: number): void {
    key.noteError(error);
    if (!key.isReady) return;
    key.suspectSince = now;
    this.registry.passOver(key, now + forMs, now);
  }

  private clearSuspicion(key: PooledKey, now: number): void {
    key.clearSuspicion();
    this.registry.endPassingOver(key, now);
  }

  /** It answered a call that it got since it became suspect. */
  private trust(key: PooledKey, acquiredAt: number, now: number): void {
    key.quotaRefusedSince = null;
    key.failedAt = null;
    this.succeeded += 1;
    if (key.suspectSince !== null && acquiredAt >= key.suspectSince) this.clearSuspicion(key, now);
  }

  private act(about: Occasion, action: KeyAction): void {
    const { call, key, error, now } = about;
    // A call may still have a key that was deleted meanwhile.
    if (!this.registry.has(key)) return;
    switch (action.type) {
      case 'none':
        key.noteError(error);
        return;
      case 'clear':
        this.restore(key, call.model, now);
        return;
      case 'become':
        this.takeOut(about, action.state, now + action.forMs);
        return;
      case 'deprioritize':
        this.takeOut(about, 'cooling', now + action.forMs);
        return;
      case 'restrict':
        this.restrict(about, action);
        return;
      case 'pass-over':
        this.markSuspect(about, action.forMs);
        return;
      default:
        action satisfies never;
    }
  }

  /** A key that served is as good as new, unless it was taken out while this call ran. */
  private restore(key: PooledKey, model: string, now: number): void {
    if (!key.isReady) return;
    const wasRestricted = !key.isRestricted(model, now) && key.unrestrict(model);
    if (key.consecutiveFailures === 0 && key.state === 'active' && !wasRestricted) return;
    const health = { ...key.health, state: 'active' as const, reason: null, until: null };
    this.registry.set(key, { ...health, consecutiveFailures: 0 }, now, 'pool');
  }

  /** The worse of two states stands. */
  private takeOut(about: Occasion, state: KeyState, until: number): void {
    const { key, outcome, error, now } = about;
    if (!isWorse(state, key.state)) return;
    const consecutiveFailures = key.isReady ? key.consecutiveFailures + 1 : key.consecutiveFailures;
    const lastError = error ?? key.lastError;
    const reason = reasonOf(outcome);
    const health = { ...key.health, state, reason, until, consecutiveFailures, lastError };
    this.registry.set(key, health, now, 'pool');
  }

  /** The later of two deadlines stands; what calls report that were on their way is the same failure. */
  private restrict(
    { call, key, error, now }: Occasion,
    { state, reason, forMs }: KeyAction & { type: 'restrict' },
  ): void {
    const { model } = call;
    const before = key.restriction(model);
    const until = now + forMs;
    if (reason === 'rate-limited') key.startSlowly(model).shrink();
    const isRunning = before !== undefined && before.until > now;
    if (isRunning && (before.reason !== reason || before.until >= until)) return;
    const consecutiveFailures = isRunning
      ? before.consecutiveFailures
      : failuresBefore(before, reason) + 1;
    const { health } = key;
    const others = health.models.filter((other) => other.model !== model);
    const models = [...others, { model, state, reason, until, consecutiveFailures }];
    const lastError = error ?? key.lastError;
    this.registry.set(key, { ...health, models, lastError }, now, 'pool');
  }

  /** Whether every configured model is refused to the key, and more than this one. */
  private isOfNoUse(key: PooledKey, model: string, now: number): boolean {
    if (!key.isRefusedElsewhere(model, now)) return false;
    for (const configured of this.configured) {
      if (configured !== model && !key.isSuspendedFor(configured, now)) return false;
    }
    return true;
  }

  private factsOf({ call, key, outcome, now }: Occasion): KeyFacts {
    return {
      autoRemove: this.autoRemove,
      consecutiveFailures: consecutiveFailuresOf(key, call, outcome, now),
      isOfNoUse: this.isOfNoUse(key, call.model, now),
      isKnownModel: call.isKnownModel,
      failsAlone: key.failedAt !== null && this.succeeded > key.failedAt,
      silences: key.silences,
    };
  }
}

/** Whether it is the account's state that no request causes, as long as it asks for a model that exists. */
function isOfAccount({ type }: AttemptOutcome): boolean {
  return type === 'rejected' || type === 'quota-exhausted';
}

/** In the order of how much it takes to be used again. */
function isWorse(state: KeyState, than: KeyState): boolean {
  return keyStates.indexOf(state) > keyStates.indexOf(than);
}

/** When a rate limit is over. */
function untilOf({ key, call, outcome, now }: Occasion): number | null {
  if (outcome.type !== 'rate-limited') return null;
  return now + rateLimitMs(outcome.retryAfterMs, consecutiveFailuresOf(key, call, outcome, now));
}

function failuresBefore(
  before: ModelRestriction | undefined,
  reason: ModelRestriction['reason'],
): number {
  return before?.reason === reason ? (before?.consecutiveFailures ?? 0) : 0;
}

/** How often in a row before; what calls report that were on their way is the same failure. */
function consecutiveFailuresOf(
  key: PooledKey,
  { model }: KeySelection,
  { type }: AttemptOutcome,
  now: number,
): number {
  const restriction = key.restriction(model);
  const isRunning = restriction !== undefined && restriction.until > now;
  switch (type) {
    case 'rate-limited':
      return Math.max(failuresBefore(restriction, type) - (isRunning ? 1 : 0), 0);
    case 'forbidden':
    case 'payment-required':
      return Math.max(key.consecutiveFailures, failuresBefore(restriction, type));
    default:
      return key.isReady ? key.consecutiveFailures : Math.max(key.consecutiveFailures - 1, 0);
  }
}

function reasonOf({ type }: AttemptOutcome): KeyReason | null {
  switch (type) {
    case 'rejected':
    case 'forbidden':
    case 'quota-exhausted':
      return type;
    case 'payment-required':
      return 'quota-exhausted';
    default:
      return null;
  }
}
