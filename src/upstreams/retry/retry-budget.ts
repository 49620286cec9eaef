const mostRetries = 10;

/**
 * How many retries of faults are left. Each answer earns one, up to ten: single faults are always
 * tried again, and an upstream that only fails gets ten retries in all, far under 20% of the calls.
 */
export class RetryBudget {
  private left = mostRetries;

  /** An answer came. */
  earn(): void {
    if (this.left < mostRetries) this.left += 1;
  }

  /** @returns whether there was a retry left */
  spend(): boolean {
    if (this.left === 0) return false;
    this.left -= 1;
    return true;
  }
}
