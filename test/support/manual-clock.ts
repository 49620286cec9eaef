import { Clock } from '../../src/platform/time/clock.js';

/** A clock that stands until a test turns it. */
export class ManualClock extends Clock {
  private passedMs = 0;
  private setByMs = 0;

  override now(): number {
    return 1_000_000 + this.passedMs + this.setByMs;
  }

  override monotonic(): number {
    return this.passedMs;
  }

  /** Time passes. */
  advance(ms: number): void {
    this.passedMs += ms;
  }

  /** Somebody sets the machine's clock, forward or back: no time passes. */
  setBy(ms: number): void {
    this.setByMs += ms;
  }
}
