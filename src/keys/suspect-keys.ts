import type { PooledKey } from './pooled-key.js';

/** Within which every key must be refused for it to be the upstream's fault. */
const windowMs = 10_000;

/** A key that was refused with 401, and what the upstream said. */
export interface Suspect {
  key: PooledKey;
  at: number;
  error: string | null;
}

/**
 * Keys refused with 401 whose fault is not settled: if every key is refused within 10 s, it is the
 * base URL or the upstream that is wrong, and marking the keys would lose them all.
 */
export class SuspectKeys {
  private readonly suspects = new Map<PooledKey, Suspect>();
  private upstreamAtFaultUntil = 0;

  get size(): number {
    return this.suspects.size;
  }

  add(key: PooledKey, now: number, error: string | null): void {
    key.isSuspect = true;
    if (!this.suspects.has(key)) this.suspects.set(key, { key, at: now, error });
  }

  /** The key serves after all, or the verdict is another's. */
  acquit(key: PooledKey): boolean {
    key.isSuspect = false;
    return this.suspects.delete(key);
  }

  /** Forgets those that are gone. */
  keep(isThere: (key: PooledKey) => boolean): void {
    for (const key of this.suspects.keys()) if (!isThere(key)) this.suspects.delete(key);
  }

  /** Every key was refused: none is to blame. @returns the keys, free again */
  blameUpstream(now: number): PooledKey[] {
    this.upstreamAtFaultUntil = now + windowMs;
    return this.takeAll().map(({ key }) => key);
  }

  /** Whether another refusal would only repeat what every key was told; it then counts on. */
  isUpstreamAtFault(now: number): boolean {
    if (now >= this.upstreamAtFaultUntil) return false;
    this.upstreamAtFaultUntil = now + windowMs;
    return true;
  }

  /** The upstream took another key: what it refused before was at fault. */
  convict(lentAt: number): Suspect[] {
    this.upstreamAtFaultUntil = 0;
    return this.take(({ at }) => at <= lentAt);
  }

  /** Those whose time is over without the others having been refused too. */
  convictOverdue(now: number): Suspect[] {
    return this.take(({ at }) => at <= now - windowMs);
  }

  takeAll(): Suspect[] {
    return this.take(() => true);
  }

  private take(isTaken: (suspect: Suspect) => boolean): Suspect[] {
    if (this.suspects.size === 0) return [];
    const taken = [...this.suspects.values()].filter(isTaken);
    for (const { key } of taken) this.acquit(key);
    return taken;
  }
}
