import { Clock } from '../../src/common/time/clock.js';

/** The machine's clock plus what a test turned it forward by. */
export class TestClock extends Clock {
  private aheadMs = 0;
  private setByMs = 0;

  /** @param turnDatabase turns the database's clock too, to so many milliseconds ahead */
  constructor(private readonly turnDatabase: (aheadMs: number) => void) {
    super();
  }

  override now(): number {
    return Date.now() + this.aheadMs + this.setByMs;
  }

  override monotonic(): number {
    return performance.now() + this.aheadMs;
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
}
