import type { KeySelection } from './key-pool.js';
import type { PooledKey } from './pooled-key.js';
import { SlowStart } from './slow-start.js';

/** A rate limit as one call met it. */
interface Refusal {
  key: PooledKey;
  at: number;
  until: number;
}

const windowMs = 2_000;
const keysThatMakeOne = 3;
const longestMs = 300_000;
/** How often a key is tried meanwhile that has no limit of its own: it may be another account's. */
const tryEveryMs = 1_000;

/**
 * One cooldown of a model for the whole pool: an upstream that limits three keys at once limits the
 * account behind them, and asking key after key would only add to it. A key that serves meanwhile
 * disproves it: then each key waits for itself, and one call a second goes to see whether there is
 * such a key. When it is over, calls start slowly. Times are the monotonic clock's.
 */
export class PoolCooldown {
  private refusals: Refusal[] = [];
  private endsAt: number | null = null;
  private start: SlowStart | null = null;
  private tryAt = 0;

  /** When it is over; null while there is none. */
  get until(): number | null {
    return this.endsAt;
  }

  /** Whether the next call must wait. */
  isOn(now: number): boolean {
    if (this.isRunning(now)) return true;
    if (this.start === null) return false;
    const isFull = this.start.isFull(now);
    if (this.start.isOver) this.start = null;
    return isFull;
  }

  /** Whether a call may go nevertheless, to a key that is not limited itself. */
  mayTry({ refusals }: KeySelection, now: number): boolean {
    return refusals.length === 0 && this.isRunning(now) && now >= this.tryAt;
  }

  /** How long until the next call may go, at least a moment. */
  waitMs(now: number): number {
    return Math.max((this.endsAt ?? 0) - now, 1);
  }

  acquire(call: KeySelection, now: number): void {
    if (this.isRunning(now)) this.tryAt = now + tryEveryMs;
    else this.start?.acquire(call, now);
  }

  release(call: KeySelection): void {
    this.start?.release(call);
  }

  /** Takes note of a rate limit, which may make it one of all keys. */
  rateLimited(call: KeySelection, key: PooledKey, until: number, now: number): void {
    this.start?.release(call);
    this.refusals = this.refusals.filter(({ at }) => at > now - windowMs);
    this.refusals.push({ key, at: now, until });
    if (this.isRunning(now)) return;
    const keys = new Set(this.refusals.map((refusal) => refusal.key));
    if (this.start === null && keys.size < keysThatMakeOne) return;
    const longest = Math.max(...this.refusals.map((refusal) => refusal.until));
    this.endsAt = Math.min(longest, now + longestMs);
    this.tryAt = now + tryEveryMs;
    this.start ??= new SlowStart();
    this.start.shrink();
    this.refusals = [];
  }

  /** A key served. @returns whether nothing of it is left */
  succeeded(call: KeySelection, now: number): boolean {
    this.refusals = [];
    if (this.isRunning(now)) this.start = null;
    this.endsAt = null;
    this.start?.pass(call);
    if (this.start?.isOver) this.start = null;
    return this.start === null;
  }

  private isRunning(now: number): boolean {
    return this.endsAt !== null && now < this.endsAt;
  }
}
