import type { KeyCall } from './key-pool.js';
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

/**
 * One cooldown of a model for the whole pool: an upstream that limits three keys at once limits the
 * account behind them, and asking key after key would only add to it. A key that serves meanwhile
 * disproves it: then each key waits for itself. When it is over, calls start slowly. Times are the
 * monotonic clock's.
 */
export class PoolCooldown {
  private refusals: Refusal[] = [];
  private endsAt: number | null = null;
  private start: SlowStart | null = null;

  /** When it is over; null while there is none. */
  get until(): number | null {
    return this.endsAt;
  }

  /** Whether the next call must wait. */
  isOn(now: number): boolean {
    if (this.endsAt !== null && now < this.endsAt) return true;
    return this.start?.isFull(now) ?? false;
  }

  /** How long until the next call may go, at least a moment. */
  waitMs(now: number): number {
    return Math.max((this.endsAt ?? 0) - now, 1);
  }

  take(call: KeyCall, now: number): void {
    this.start?.take(call, now);
  }

  giveBack(call: KeyCall): void {
    this.start?.giveBack(call);
  }

  /** Takes note of a rate limit, which may make it one of all keys; said before the place is given back. */
  rateLimited(call: KeyCall, key: PooledKey, until: number, now: number): void {
    this.refusals = this.refusals.filter(({ at }) => at > now - windowMs);
    this.refusals.push({ key, at: now, until });
    const wasTrial = this.start?.giveBack(call) ?? false;
    const keys = new Set(this.refusals.map((refusal) => refusal.key));
    if (!wasTrial && (this.endsAt !== null || keys.size < keysThatMakeOne)) return;
    const longest = Math.max(...this.refusals.map((refusal) => refusal.until));
    this.endsAt = Math.min(longest, now + longestMs);
    this.start ??= new SlowStart();
    this.start.shrink();
    this.refusals = [];
  }

  /** A key served. @returns whether nothing of it is left */
  served(call: KeyCall, now: number): boolean {
    this.refusals = [];
    const wasTrial = this.start?.giveBack(call) ?? false;
    const isDisproved = this.endsAt !== null && now < this.endsAt;
    if (isDisproved || wasTrial) this.endsAt = null;
    if (isDisproved || (wasTrial && this.start?.grow())) this.start = null;
    return this.endsAt === null && this.start === null;
  }
}
