const windowMs = 10_000;
const fewestRequests = 20;
const openMs = 5_000;
/** How long the one call that tries has, before another may. */
const trialMs = 10_000;

/**
 * Stops asking an upstream host that only fails: 20 different requests within 10 seconds, and no call
 * was answered in between. One request, however often it is sent again, may be what the upstream
 * cannot bear, and says nothing of the others. After 5 seconds one call tries, and its answer closes
 * the breaker. Times are the monotonic clock's.
 */
export class UpstreamBreaker {
  /** When each request failed last since the last answer, in that order; never more than it takes. */
  private readonly failures = new Map<string, number>();
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
    this.failures.clear();
    this.openUntil = null;
    this.trialUntil = null;
  }

  /**
   * To a call the upstream failed or could not be reached; its further attempts count no more.
   *
   * @param request what is the same for calls that ask the same
   */
  failed(now: number, request: string): void {
    this.failures.delete(request);
    this.failures.set(request, now);
    for (const [first, at] of this.failures) {
      if (at > now - windowMs && this.failures.size <= fewestRequests) break;
      this.failures.delete(first);
    }
    if (this.openUntil !== null || this.failures.size === fewestRequests) {
      this.openUntil = now + openMs;
    }
    this.trialUntil = null;
  }
}
