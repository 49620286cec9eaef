/**
 * At most `limit` hits in any `windowMs`, exactly: the times of the last hits in a ring. A refused
 * hit is not counted, so callers that keep knocking do not shut themselves out.
 */
export class SlidingWindow {
  private readonly times: number[] = [];
  /** Where the oldest time stands once the ring is full. */
  private oldest = 0;

  constructor(
    private readonly limit: number,
    private readonly windowMs: number,
  ) {}

  /**
   * Counts a hit at `now`, unless the window is full.
   *
   * @returns 0 when counted, else the milliseconds until a hit will be
   */
  hit(now: number): number {
    if (this.times.length < this.limit) {
      this.times.push(now);
      return 0;
    }
    const waitMs = (this.times[this.oldest] ?? 0) + this.windowMs - now;
    if (waitMs > 0) return waitMs;
    this.times[this.oldest] = now;
    this.oldest = (this.oldest + 1) % this.limit;
    return 0;
  }
}
