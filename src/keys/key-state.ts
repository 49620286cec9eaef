/** What a key is in; only an active one is used, a cooling one that is deprioritized apart. */
export const keyStates = [
  'active',
  'cooling',
  'suspended',
  'exhausted',
  'invalid',
  'disabled',
] as const;

export type KeyState = (typeof keyStates)[number];

/** Where a key comes from; only those of the API have their secret in the database. */
export const keySources = ['env', 'file', 'api'] as const;

export type KeySource = (typeof keySources)[number];

/** Why a key is not active: the outcome that took it out, or the operator's own word. */
export type KeyReason = 'rejected' | 'forbidden' | 'quota-exhausted' | 'rate-limited' | 'operator';

/** The outcomes that keep a key from one model. */
export type RestrictionReason =
  'forbidden' | 'payment-required' | 'rate-limited' | 'model-not-found';

/** A key that may not be used for one model. */
export interface ModelRestriction {
  model: string;
  state: 'cooling' | 'suspended';
  /** The outcome that it comes from; rows of earlier versions do not say. */
  reason?: RestrictionReason;
  /** By the monotonic clock. */
  until: number;
  /** How often in a row. */
  consecutiveFailures: number;
}

/** Everything about a key's state that outlives the process; times are translated for storing. */
export interface KeyHealth {
  state: KeyState;
  reason: KeyReason | null;
  /** By the monotonic clock: when it may be used again, or is probed; null when neither is planned. */
  until: number | null;
  /** How often in a row it was taken out, for ever longer pauses. */
  consecutiveFailures: number;
  models: readonly ModelRestriction[];
  /** Status and code of the last refusal, like `429 insufficient_quota`. */
  lastError: string | null;
}

/** As a key begins, and what an operator's `enable` makes of it. */
export const fresh: KeyHealth = {
  state: 'active',
  reason: null,
  until: null,
  consecutiveFailures: 0,
  models: [],
  lastError: null,
};

/** States that end by themselves, without a probe. */
export function endsByItself(state: KeyState): boolean {
  return state === 'cooling' || state === 'suspended';
}

/** All that a person may see of a secret: short ones would be given away by four characters. */
export function lastFourOf(secret: string): string {
  return secret.length > 8 ? secret.slice(-4) : '';
}
