import type { AttemptReport } from './attempt-outcome.js';

/** Asks the upstream what it thinks of a key, without paying for an answer. */
export abstract class KeyProbe {
  /** Never throws: what cannot be found out is a `fault` or a `timeout`. */
  abstract probe(secret: string): Promise<AttemptReport>;
}
