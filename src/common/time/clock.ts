/** The time that rules go by, so that tests can turn it. */
export abstract class Clock {
  /** Milliseconds since the Unix epoch: for what is stored or shown, and for what others wrote. */
  abstract now(): number;

  /**
   * Milliseconds since some moment of this process: for every duration that one process measures,
   * because the machine's clock may be set, and this one only goes forward.
   */
  abstract monotonic(): number;
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
