import type { ApiKey, KeySelection } from './key-pool.js';

interface Waiter {
  call: KeySelection;
  settle: (key: ApiKey | null) => void;
}

/** Calls that wait for a key, first come, first served. */
export class Waiters {
  private readonly waiting = new Set<Waiter>();

  get size(): number {
    return this.waiting.size;
  }

  /** Resolves with a key that {@link offer} found, or with null after `longestMs` or on abort. */
  wait(call: KeySelection, longestMs: number, signal: AbortSignal): Promise<ApiKey | null> {
    return new Promise((resolve) => {
      const giveUp = (): void => {
        settle(null);
      };
      const settle = (key: ApiKey | null): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.waiting.delete(waiter);
        resolve(key);
      };
      const waiter = { call, settle };
      const timer = setTimeout(giveUp, longestMs);
      signal.addEventListener('abort', giveUp);
      this.waiting.add(waiter);
      if (signal.aborted) giveUp();
    });
  }

  /** Asks for each in turn whether there is a key for it now. */
  offer(find: (call: KeySelection) => ApiKey | null): void {
    /** Models of which there is none for anybody. */
    const lacking = new Set<string>();
    for (const { call, settle } of this.waiting) {
      if (lacking.has(call.model)) continue;
      const key = find(call);
      if (key) settle(key);
      else if (call.refusals.length === 0) lacking.add(call.model);
    }
  }
}
