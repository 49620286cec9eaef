const windowMs = 10_000;
const fewestRequests = 20;
const openMs = 5_000;
/** How long the one call that tries has, before another may. */
const trialMs = 10_000;

/**
 * Closed lets calls pass, open refuses them until its time is over, and half-open has let one pass and
 * refuses the others as long as that has time.
 */
type State = { name: 'closed' } | { name: 'open' | 'half-open'; until: number };

const closed: State = { name: 'closed' };

/**
 * Stops asking an upstream host that only fails: 20 different requests within 10 seconds, and no call
 * was answered in between. One request, however often it is sent again, may be what the upstream
 * cannot bear, and says nothing of the others. After 5 seconds one call tries, and its answer closes
 * the breaker. Times are the monotonic clock's.
 */
export class UpstreamBreaker {
  /** When each request failed last since the last answer, in that order; never more than it takes. */
  private readonly failures = new Map<string, number>();
  private state: State = closed;

  /** @returns how long to wait, in milliseconds; 0 when the call may go on */
  waitMs(now: number): number {
    const { state } = this;
    if (state.name === 'closed') return 0;
    if (now < state.until) return state.until - now;
    this.state = { name: 'half-open', until: now + trialMs };
    return 0;
  }

  /** The upstream answered, whatever it said. */
  answered(): void {
    this.failures.clear();
    this.state = closed;
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
    if (this.state.name !== 'closed' || this.failures.size === fewestRequests) {
      this.state = { name: 'open', until: now + openMs };
    }
  }
}
