import type { IncomingHttpHeaders } from 'node:http';
import type { CallFacts } from './behaviour.js';
import { credentialOf } from './service-profile.js';
import type { KeyHeader } from './service-profile.js';

/** `refused`: an error status; `failed`: broken off on purpose; `left`: the client went away before the end. */
export type CallOutcome = 'running' | 'answered' | 'refused' | 'failed' | 'left';

/** One call as the upstream saw it. */
export interface RecordedCall extends CallFacts {
  /** Parsed; empty for a GET, and for old calls once many bodies have come. */
  readonly body: Record<string, unknown>;
  readonly headers: IncomingHttpHeaders;
  /** Where the key was, null without one. */
  readonly keyHeader: KeyHeader | null;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly outcome: CallOutcome;
  readonly piecesSent: number;
}

const keptCalls = 10_000;
const trimmedAtOnce = 1_000;
const keptBodyBytes = 32 * 1024 * 1024;

/** A call while it runs, and its record for ever after. */
export class RunningCall implements RecordedCall {
  readonly startedAt = Date.now();
  readonly key: string;
  readonly model: string;
  readonly path: string;
  readonly keyHeader: KeyHeader | null;
  outcome: CallOutcome = 'running';
  piecesSent = 0;

  constructor(
    facts: CallFacts,
    public body: Record<string, unknown>,
    readonly headers: IncomingHttpHeaders,
  ) {
    this.key = facts.key;
    this.model = facts.model;
    this.path = facts.path;
    this.keyHeader = credentialOf(headers).keyHeader;
  }
}

interface Waiter {
  /** @throws Error when the awaited thing can no longer happen. */
  isMet(): boolean;
  resolve(): void;
  reject(reason: unknown): void;
}

/** The calls since the last reset; the oldest are dropped, the counters go on. */
export class CallLog {
  readonly calls: RunningCall[] = [];
  total = 0;
  running = 0;
  private readonly totalByKey = new Map<string, number>();
  private readonly bodySizes: number[] = [];
  private bodyBytes = 0;
  private waiters: Waiter[] = [];

  add(call: RunningCall, bodyBytes: number): void {
    this.calls.push(call);
    this.bodySizes.push(bodyBytes);
    this.total += 1;
    this.running += 1;
    this.totalByKey.set(call.key, this.callsWith(call.key) + 1);
    this.bodyBytes += bodyBytes;
    if (this.calls.length >= keptCalls + trimmedAtOnce) this.dropOldest(trimmedAtOnce);
    if (this.bodyBytes > keptBodyBytes) this.dropOldBodies();
    this.wakeWaiters();
  }

  settle(call: RunningCall, outcome: CallOutcome): void {
    call.outcome = outcome;
    this.running -= 1;
    this.wakeWaiters();
  }

  callsWith(key: string): number {
    return this.totalByKey.get(key) ?? 0;
  }

  waitForCalls(count: number): Promise<void> {
    return this.waitUntil(() => this.total >= count);
  }

  /** @param index counted from the first call since the reset. */
  waitForOutcome(index: number, outcome: string): Promise<void> {
    return this.waitUntil(() => {
      if (index >= this.total) return false;
      const call = this.calls[index - (this.total - this.calls.length)];
      if (call === undefined) throw new Error(`Call ${index} is no longer recorded.`);
      if (call.outcome === outcome) return true;
      if (call.outcome === 'running') return false;
      throw new Error(`Call ${index} ended as '${call.outcome}', not as '${outcome}'.`);
    });
  }

  /** Rejects everyone who still waits, so that a forgotten log leaves no test hanging. */
  forget(): void {
    for (const waiter of this.waiters) waiter.reject(new Error('The simulator was reset.'));
    this.waiters = [];
  }

  private waitUntil(isMet: () => boolean): Promise<void> {
    const met = new Promise<void>((resolve, reject) => {
      this.waiters.push({ isMet, resolve, reject });
    });
    // A wait that a test gave up must not end its process as an unhandled rejection.
    met.catch(() => undefined);
    this.wakeWaiters();
    return met;
  }

  private wakeWaiters(): void {
    if (this.waiters.length === 0) return;
    this.waiters = this.waiters.filter((waiter) => {
      try {
        if (!waiter.isMet()) return true;
        waiter.resolve();
      } catch (error) {
        waiter.reject(error);
      }
      return false;
    });
  }

  private dropOldest(count: number): void {
    this.calls.splice(0, count);
    for (const size of this.bodySizes.splice(0, count)) this.bodyBytes -= size;
  }

  /** Halves what is kept, so that the walk over the calls is rare. */
  private dropOldBodies(): void {
    const newest = this.calls.length - 1;
    for (let index = 0; index < newest && this.bodyBytes > keptBodyBytes / 2; index += 1) {
      const call = this.calls[index];
      if (call !== undefined) call.body = {};
      this.bodyBytes -= this.bodySizes[index] ?? 0;
      this.bodySizes[index] = 0;
    }
  }
}
