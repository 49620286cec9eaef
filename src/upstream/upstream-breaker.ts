const windowMs = 10_000;
const fewestCalls = 20;
const openMs = 5_000;
/** How long the one call that tries has, before another may. */
const trialMs = 10_000;

/**
 * Stops asking an upstream host that only fails: 20 calls within 10 seconds, and no call was answered
 * in between, because one caller's requests may be what the upstream cannot bear. After 5 seconds
 * one call tries, and its answer closes the breaker. Times are the monotonic clock's.
 */
export class UpstreamBreaker {
  /** When calls failed since the last answer; never more than it takes. */
  private failures: number[] = [];
  private openUntil: number | null = null;
  private trialUntil: number | null = null;

  /** @returns how long to wait, in milliseconds; 0 when the call may go on */
  waitMs(now: number): number {
    if (this.openUntil === null) return 0;
    const until = Math.max(this.openUntil, this.trialUntil ?? this.openUntil);
    if (now < until) return until - now;
    this.trialUntil = now + trialMs;
    return 0;
  }

  /** The upstream answered, whatever it said. */
  answered(): void {
    if (this.failures.length > 0) this.failures = [];
    this.openUntil = null;
    this.trialUntil = null;
  }

  /** To a call the upstream failed or could not be reached; its further attempts count no more. */
  failed(now: number): void {
    const recent = this.failures.filter((at) => at > now - windowMs);
    this.failures = [...recent, now].slice(-fewestCalls);
    if (this.openUntil !== null || this.failures.length === fewestCalls) {
      this.openUntil = now + openMs;
    }
    this.trialUntil = null;
  }
}
