import type { KeyCall } from './key-pool.js';
import type { PooledKey } from './pooled-key.js';

/** A rate limit as one call met it. */
interface Refusal {
  call: KeyCall;
  key: PooledKey;
  at: number;
  until: number;
}

const windowMs = 2_000;
const keysThatMakeOne = 3;
const longestMs = 300_000;
/** How long the one call that tries has, before another may. */
const trialMs = 10_000;

/**
 * One cooldown for the whole pool: an upstream that limits three keys at once limits the account
 * behind them, and asking key after key would only add to it. A key that serves meanwhile disproves
 * it: then each key waits for itself.
 */
export class PoolCooldown {
  private refusals: Refusal[] = [];
  private endsAt: number | null = null;
  private trial: { call: KeyCall; until: number } | null = null;

  /** @returns epoch milliseconds; null while there is none */
  get until(): number | null {
    return this.endsAt;
  }

  /** Whether the call must wait. */
  isOn(call: KeyCall, now: number): boolean {
    if (this.endsAt === null) return false;
    const isTried = this.trial !== null && this.trial.call !== call && now < this.trial.until;
    return now < this.endsAt || isTried;
  }

  /** Whether the call must wait; when the time is over, the first that need not is the one to try. */
  blocks(call: KeyCall, now: number): boolean {
    if (this.endsAt === null) return false;
    if (this.isOn(call, now)) return true;
    this.trial = { call, until: now + trialMs };
    return false;
  }

  /** How long until the next call may go, at least a moment. */
  waitMs(now: number): number {
    const until = Math.max(this.endsAt ?? 0, this.trial?.until ?? 0);
    return Math.max(until - now, 1);
  }

  /**
   * Takes note of a rate limit.
   *
   * @returns the keys whose cooldowns have now become one, until {@link until}; none if it is their own
   */
  rateLimited(call: KeyCall, key: PooledKey, until: number, now: number): PooledKey[] {
    this.refusals = this.refusals.filter(({ at }) => at > now - windowMs);
    this.refusals.push({ call, key, at: now, until });
    const isTrial = this.trial?.call === call;
    if (!isTrial && !this.isWide()) return [];
    const keys = [...new Set(this.refusals.map((refusal) => refusal.key))];
    const longest = Math.max(...this.refusals.map((refusal) => refusal.until));
    this.endsAt = Math.min(longest, now + longestMs);
    this.trial = null;
    this.refusals = [];
    return keys;
  }

  /** A key served. @returns whether that ended a cooldown */
  disprove(): boolean {
    const ended = this.endsAt !== null;
    this.refusals = [];
    this.endsAt = null;
    this.trial = null;
    return ended;
  }

  /** The call that tried is over without an answer: another one may. */
  endTrialOf(call: KeyCall): void {
    if (this.trial?.call === call) this.trial = null;
  }

  private isWide(): boolean {
    if (this.endsAt !== null) return false;
    const keys = new Set(this.refusals.map(({ key }) => key));
    const calls = new Set(this.refusals.map(({ call }) => call));
    return keys.size >= keysThatMakeOne && calls.size > 1;
  }
}
