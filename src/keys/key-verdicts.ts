import { actionFor, type CallAction, type KeyAction, type KeyFacts } from './key-policy.js';
import type { KeyCall } from './key-pool.js';
import type { KeyRoster } from './key-roster.js';
import type { KeySignal, Outcome } from './key-signal.js';
import { keyStates, type KeyReason, type KeyState } from './key-state.js';
import type { PoolCooldown } from './pool-cooldown.js';
import type { PooledKey } from './pooled-key.js';
import { SuspectKeys, type Suspect } from './suspect-keys.js';

/** What was said of a key, and on which occasion. */
interface Occasion {
  /** Null when the verdict comes after the call. */
  call: KeyCall | null;
  key: PooledKey;
  signal: KeySignal;
  error: string | null;
  now: number;
}

/** Carries out what the policy says about keys, once it is settled whose fault a refusal is. */
export class KeyVerdicts {
  private readonly suspects = new SuspectKeys();

  /** @param autoRemove AUTO_REMOVE_KEYS */
  constructor(
    private readonly roster: KeyRoster,
    private readonly cooldown: PoolCooldown,
    private readonly autoRemove: boolean,
  ) {}

  /**
   * Draws the consequences for the key, and for others that this tells something about.
   *
   * @param lentAt when the call got the key, in epoch milliseconds
   */
  judge(
    call: KeyCall,
    key: PooledKey,
    { signal, error }: Outcome,
    lentAt: number,
    now: number,
  ): CallAction {
    this.learn(key, signal, lentAt, now);
    const { key: action, call: next } = actionFor(signal, this.factsOf(key, call, signal, now));
    if (signal.type === 'rejected') return this.suspect(key, error ?? null, now);
    this.act({ call, key, signal, error: error ?? null, now }, action);
    return next;
  }

  /** Settles suspicions that nothing came of. */
  settleOverdue(now: number): void {
    for (const suspect of this.suspects.convictOverdue(now)) this.invalidate(suspect, now);
  }

  /** Somebody else has decided about the key. */
  acquit(key: PooledKey): void {
    this.suspects.acquit(key);
  }

  /** Keys have come or gone. */
  forgetGone(): void {
    this.suspects.keep((key) => this.roster.has(key));
  }

  /** An upstream that takes one key has a reason when it refuses another. */
  private learn(key: PooledKey, signal: KeySignal, lentAt: number, now: number): void {
    if (!provesAuthentication(signal)) return;
    if (this.suspects.acquit(key)) this.roster.place(key, now);
    for (const suspect of this.suspects.convict(lentAt)) this.invalidate(suspect, now);
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
    const { autoRemove } = this;
    const facts = { autoRemove, strikes: key.strikes, isForbiddenElsewhere: false };
    this.act({ call: null, key, signal, error, now }, actionFor(signal, facts).key);
  }

  private act(about: Occasion, action: KeyAction): void {
    const { call, key, error, now } = about;
    // A call may still have a key that was deleted meanwhile.
    if (!this.roster.has(key)) return;
    switch (action.type) {
      case 'none':
        key.noteError(error);
        return;
      case 'clear':
        this.clear(key, call?.model ?? null, now);
        return;
      case 'become':
        this.takeOut(about, action.state, now + action.forMs);
        if (call && about.signal.type === 'rate-limited') this.coolTogether(call, key, now);
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

  /** The worse of two states stands, and the later of two deadlines. */
  private takeOut(about: Occasion, state: KeyState, until: number): void {
    const { key, signal, error, now } = about;
    const isLonger = state === 'cooling' && key.state === state && until > (key.until ?? 0);
    if (!isWorse(state, key.state) && !isLonger) return;
    const isRateLimit = signal.type === 'rate-limited';
    if (isRateLimit && key.isReady) key.rateLimits += 1;
    const strikes = isRateLimit || !key.isReady ? key.strikes : key.strikes + 1;
    const lastError = error ?? key.lastError;
    const reason = reasonOf(signal);
    const standing = { ...key.standing, state, reason, until, strikes, lastError };
    this.roster.set(key, standing, now, 'pool');
  }

  private coolTogether(call: KeyCall, key: PooledKey, now: number): void {
    if (key.state !== 'cooling' || key.until === null) return;
    for (const together of this.cooldown.rateLimited(call, key, key.until, now)) {
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
