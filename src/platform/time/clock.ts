/** The time that rules go by, so that tests can turn it. */
export abstract class Clock {
  /** Milliseconds since the Unix epoch: for what is stored or shown, and for what others wrote. */
  abstract now(): number;

  /**
   * Milliseconds since some moment of this process: for every duration that one process measures,
   * because the machine's clock may be set, and this one only goes forward.
   */
  abstract monotonic(): number;

  /** A moment of the monotonic clock as it is stored and shown: whole milliseconds since the epoch. */
  toEpoch(monotonicMs: number): number {
    return Math.round(this.now() + monotonicMs - this.monotonic());
  }

  /** When a moment that was stored comes, or came, by the monotonic clock. */
  fromEpoch(epochMs: number): number {
    return this.monotonic() + epochMs - this.now();
  }
}

/** The machine's own clock. */
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }
}
