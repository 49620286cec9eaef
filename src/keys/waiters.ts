/** Calls that wait until a key may have become usable. */
export class Waiters {
  private waiting = new Set<() => void>();

  /** Resolves on {@link wake}, after `longestMs`, or on abort, whatever comes first. */
  wait(longestMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, longestMs);
      signal.addEventListener('abort', done);
      this.waiting.add(done);
      if (signal.aborted) done();
    });
  }

  wake(): void {
    for (const done of this.waiting) done();
  }
}
