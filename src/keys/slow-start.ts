import type { KeySelection } from './key-pool.js';

/** A limit is told at once: a call that has run for so long was let through. */
const refusedWithinMs = 2_000;
/** With so many at once there is nothing left to learn. */
const mostAtOnce = 32;

/**
 * How many calls at once go where a rate limit has just ended: one, and with each that is let through
 * one more, which doubles them round by round. How many those were until the next refusal is
 * remembered; from there on it is one at a time again, so that a crowd is not refused as a crowd.
 * Times are the monotonic clock's.
 */
export class SlowStart {
  private width = 1;
  private passed = 0;
  private learned: number | null = null;
  /** Since when calls have a place. */
  private readonly places = new Map<KeySelection, number>();

  /** Whether calls need not be counted any more. */
  get isOver(): boolean {
    return this.width > mostAtOnce;
  }

  /** Whether the next call must wait. */
  isFull(now: number): boolean {
    for (const [call, since] of this.places) {
      if (since + refusedWithinMs <= now) this.pass(call);
    }
    const left = this.learned === null ? this.width : Math.max(1, this.learned - this.passed);
    return this.places.size >= Math.min(this.width, left);
  }

  acquire(call: KeySelection, now: number): void {
    this.places.set(call, now);
  }

  /** The call's attempt is over and tells nothing. */
  release(call: KeySelection): void {
    this.places.delete(call);
  }

  /** The call was let through; nothing happens when that is known already. */
  pass(call: KeySelection): void {
    if (!this.places.delete(call)) return;
    this.passed += 1;
    this.width += 1;
    if (this.learned === null || this.passed < this.learned) return;
    this.learned = null;
    this.width = 1;
  }

  /** A rate limit; those that follow it at once are of calls that were on their way. */
  shrink(): void {
    if (this.passed > 0) this.learned = this.passed;
    this.passed = 0;
    this.width = 1;
  }
}
