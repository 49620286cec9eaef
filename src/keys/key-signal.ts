/**
 * What a call told about the key it was sent with. The upstream layer names it, the pool draws the
 * consequences, so that neither knows the other's rules.
 */
export type KeySignal =
  /** The upstream answered. */
  | { type: 'served' }
  /** 401: the key is wrong, revoked or its account closed. */
  | { type: 'rejected' }
  /** `insufficient_quota`: nothing is left to spend. */
  | { type: 'quota-exhausted' }
  /** 403: the key may not do this. */
  | { type: 'forbidden' }
  /** Any other 429; the wait is the upstream's own word, if it gave one. */
  | { type: 'rate-limited'; retryAfterMs: number | null };
