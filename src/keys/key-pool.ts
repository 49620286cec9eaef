import type { KeySignal } from './key-signal.js';

/** A key lent for one attempt. */
export interface ApiKey {
  readonly secret: string;
}

/** Why there is no key to lend. */
export type Shortage =
  /** None was ever configured. */
  | { type: 'no-keys' }
  /** All were refused for good. */
  | { type: 'none-usable' }
  /** The first one can be used again after so long. */
  | { type: 'all-cooling'; forMs: number };

/** The service's supply of API keys: lends them out and learns from what became of the calls. */
export abstract class KeyPool {
  /** The key to use next, other than those already refused in this call; null if none is usable. */
  abstract next(refused: ReadonlySet<ApiKey>): ApiKey | null;

  /** A key for a question that no caller asked, out of turn; null if none is usable now. */
  abstract any(): ApiKey | null;

  /** Draws the consequences of an attempt. */
  abstract report(key: ApiKey, signal: KeySignal): void;

  /** Why {@link next} returned null. */
  abstract shortage(): Shortage;
}
