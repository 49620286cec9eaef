import { RequestRecord } from '../../platform/telemetry/request-record.js';
import type { UpstreamSettings } from '../../config/settings.js';
import { UpstreamTimeoutError } from '../upstream.errors.js';

/** How long the end mark is waited for where nothing else can come any more. */
const endWaitMs = 1_000;

type Wait = 'first byte' | 'plain answer' | 'idle' | 'end';

/**
 * Ends a call that takes too long or whose caller left. Why it ended is the signal's reason: the
 * OpenAI client ends an aborted stream like a complete one, so it must be known here, not inferred.
 */
export class CallWatch {
  /** Of the request that the call is made for, if it is made for one. */
  readonly record: RequestRecord | undefined;
  private readonly whole: NodeJS.Timeout;
  private wait: { limit: Wait; timer: NodeJS.Timeout } | null = null;
  private waiting = false;
  /** How many things were waited for so far. */
  private expected = 0;

  constructor(
    private readonly call: AbortController,
    private readonly limits: UpstreamSettings,
  ) {
    this.record = RequestRecord.of(call);
    this.whole = setTimeout(() => {
      call.abort(new UpstreamTimeoutError('whole call'));
    }, limits.callTimeoutMs);
  }

  get signal(): AbortSignal {
    return this.call.signal;
  }

  /** A request is sent, or its answer has begun without saying anything yet. */
  expectFirstWord(): void {
    this.expectWithin('first byte', this.limits.firstByteTimeoutMs);
  }

  /** A request is sent whose answer comes in one, at its end. */
  expectAnswer(): void {
    this.expectWithin('plain answer', this.limits.plainTimeoutMs);
  }

  /** The next piece is being waited for; a pause that our own caller makes does not count. */
  expectPiece(): void {
    this.expectWithin('idle', this.limits.idleTimeoutMs);
  }

  /** The answer is complete. */
  expectEnd(): void {
    this.expectWithin('end', endWaitMs);
  }

  /** Something came, be it a comment: who is silent is waited for, not who has no words yet. */
  alive(): void {
    if (!this.waiting) return;
    this.expected += 1;
    this.wait?.timer.refresh();
  }

  /** What was waited for has come. */
  came(): void {
    this.waiting = false;
  }

  /** The call is over; nothing can end it any more. */
  end(): void {
    this.waiting = false;
    clearTimeout(this.wait?.timer);
    clearTimeout(this.whole);
  }

  /** @throws the reason why the call was ended, if it was */
  throwIfEnded(): void {
    this.call.signal.throwIfAborted();
  }

  /** One timer for each kind of wait, started again for each piece, because pieces are many. */
  private expectWithin(limit: Wait, ms: number): void {
    this.waiting = true;
    this.expected += 1;
    if (this.wait?.limit === limit) {
      this.wait.timer.refresh();
      return;
    }
    clearTimeout(this.wait?.timer);
    const timer = setTimeout(() => {
      if (this.waiting) this.endUnlessCame(limit);
    }, ms);
    this.wait = { limit, timer };
  }

  /**
   * A busy process runs its timers late, and before it reads what has come meanwhile: that is read
   * first, so that a delay of our own is not taken for the upstream's.
   */
  private endUnlessCame(limit: Wait): void {
    const { expected } = this;
    setImmediate(() => {
      if (this.waiting && this.expected === expected)
        this.call.abort(new UpstreamTimeoutError(limit));
    });
  }
}
