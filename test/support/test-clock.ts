import { Clock } from '../../src/platform/time/clock.js';

/** The machine's clock plus what a test turned it forward by. */
export class TestClock extends Clock {
  private aheadMs = 0;
  private setByMs = 0;
  private stoppedAt: { date: number; monotonic: number } | null = null;

  /** @param turnDatabase turns the database's clock too, to so many milliseconds ahead */
  constructor(private readonly turnDatabase: (aheadMs: number) => void) {
    super();
  }

  override now(): number {
    return (this.stoppedAt?.date ?? Date.now()) + this.aheadMs + this.setByMs;
  }

  override monotonic(): number {
    return (this.stoppedAt?.monotonic ?? performance.now()) + this.aheadMs;
  }

  /** Time passes: every clock goes forward. */
  advance(ms: number): void {
    this.aheadMs += ms;
    this.turnDatabase(this.aheadMs);
  }

  /** Somebody sets the machine's clock, forward or back: no time passes. */
  setBy(ms: number): void {
    this.setByMs += ms;
  }

  /**
   * Lets no time pass but what the test turns it by: for what is counted within a short time. It
   * stands at a whole millisecond, so that sums of times are exact.
   */
  async standingStill(test: () => Promise<void>): Promise<void> {
    this.stoppedAt = { date: Date.now(), monotonic: Math.round(performance.now()) };
    try {
      await test();
    } finally {
      this.stoppedAt = null;
    }
  }
}
