import type { KeyCall } from './key-pool.js';

/** How long a call keeps its place without an answer, before another may have it. */
const placeMs = 10_000;
/** With so many at once there is nothing left to learn. */
const mostAtOnce = 32;

/**
 * How many calls at once go where a rate limit has just ended: one, and with each that is served one
 * more, which doubles them round by round. How many were let through until the next refusal is
 * remembered; from there on it is one at a time again, so that a crowd is not refused as a crowd.
 * Times are the monotonic clock's.
 */
export class SlowStart {
  private width = 1;
  private served = 0;
  private learned: number | null = null;
  /** Since when calls have a place. */
  private readonly places = new Map<KeyCall, number>();

  /** Whether the next call must wait. */
  isFull(now: number): boolean {
    const left = this.learned === null ? this.width : Math.max(1, this.learned - this.served);
    let free = Math.min(this.width, left);
    for (const since of this.places.values()) if (now < since + placeMs) free -= 1;
    return free <= 0;
  }

  take(call: KeyCall, now: number): void {
    this.places.set(call, now);
  }

  /** @returns whether the call had a place */
  giveBack(call: KeyCall): boolean {
    return this.places.delete(call);
  }

  /** @returns whether it is over: calls need not be counted any more */
  grow(): boolean {
    this.served += 1;
    this.width += 1;
    if (this.learned !== null && this.served >= this.learned) {
      this.learned = null;
      this.width = 1;
    }
    return this.width > mostAtOnce;
  }

  /** A rate limit; those that follow it at once are of calls that were on their way. */
  shrink(): void {
    if (this.served > 0) this.learned = this.served;
    this.served = 0;
    this.width = 1;
  }
}
