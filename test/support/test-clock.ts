import { Clock } from '../../src/common/time/clock.js';

/** The machine's clock plus what a test turned it forward by. */
export class TestClock extends Clock {
  private aheadMs = 0;

  override now(): number {
    return Date.now() + this.aheadMs;
  }

  advance(ms: number): void {
    this.aheadMs += ms;
  }
}
