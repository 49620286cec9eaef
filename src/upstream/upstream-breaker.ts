const windowMs = 10_000;
const bucketMs = 1_000;
const fewestAttempts = 20;
/** Low enough for an upstream that only fails, high enough for one that a retry still gets through. */
const faultShare = 0.9;
const openMs = 5_000;
/** How long the one call that tries has, before another may. */
const trialMs = 10_000;

interface Bucket {
  from: number;
  attempts: number;
  faults: number;
}

/**
 * Stops asking an upstream host that only fails: nearly all of the last 10 seconds' attempts. After
 * 5 seconds one call tries, and its answer closes the breaker.
 */
export class UpstreamBreaker {
  private buckets: Bucket[] = [];
  private openUntil = 0;
  private trialUntil = 0;

  /** @returns how long to wait, in milliseconds; 0 when the call may go on */
  waitMs(now: number): number {
    if (this.openUntil === 0) return 0;
    const until = Math.max(this.openUntil, this.trialUntil);
    if (now < until) return until - now;
    this.trialUntil = now + trialMs;
    return 0;
  }

  /** The upstream answered, whatever it said. */
  answered(now: number): void {
    if (this.openUntil !== 0) this.buckets = [];
    this.openUntil = 0;
    this.trialUntil = 0;
    this.bucket(now).attempts += 1;
  }

  /** The upstream failed or could not be reached. */
  failed(now: number): void {
    const bucket = this.bucket(now);
    bucket.attempts += 1;
    bucket.faults += 1;
    if (this.openUntil !== 0 || this.isFailing()) this.openUntil = now + openMs;
    this.trialUntil = 0;
  }

  private bucket(now: number): Bucket {
    const last = this.buckets.at(-1);
    if (last && now < last.from + bucketMs) return last;
    this.buckets = this.buckets.filter(({ from }) => from > now - windowMs);
    const bucket = { from: now, attempts: 0, faults: 0 };
    this.buckets.push(bucket);
    return bucket;
  }

  private isFailing(): boolean {
    const attempts = this.buckets.reduce((sum, bucket) => sum + bucket.attempts, 0);
    const faults = this.buckets.reduce((sum, bucket) => sum + bucket.faults, 0);
    return attempts >= fewestAttempts && faults >= faultShare * attempts;
  }
}
