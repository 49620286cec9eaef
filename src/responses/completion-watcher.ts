import { Logger } from '@nestjs/common';
import { repeat } from '../platform/tasks/repeat.js';
import type { ResponseBody } from './response-body.js';
import { ResponseNotFoundError } from './responses.errors.js';

/** How many looks in a row must find the end: the last events may still be on their way. */
const looksNeeded = 2;

/** Looks, while a reader waits for more, whether a response has ended without its events saying so. */
export class CompletionWatcher {
  /** The response as it ended, once the signal is aborted for it. */
  ended: ResponseBody | null = null;
  private readonly logger = new Logger(CompletionWatcher.name);
  private readonly over = new AbortController();
  private readonly looks: NodeJS.Timeout;
  private isWaiting = true;
  private found = 0;

  /** @param findEnded the response if it has ended, else null; throws when it is deleted */
  constructor(
    private readonly findEnded: () => Promise<ResponseBody | null>,
    everyMs: number,
  ) {
    this.looks = repeat(
      everyMs,
      () => (this.isWaiting ? this.look() : undefined),
      (error) => {
        // The next look may succeed, and until then the reader waits as it would without one.
        this.logger.warn(`A response's end could not be looked for: ${String(error)}`);
      },
    );
  }

  get signal(): AbortSignal {
    return this.over.signal;
  }

  /** The reader is busy with an event. */
  pause(): void {
    this.isWaiting = false;
    this.found = 0;
  }

  /** It waits for the next one. */
  resume(): void {
    this.isWaiting = true;
  }

  stop(): void {
    clearInterval(this.looks);
  }

  private async look(): Promise<void> {
    try {
      const ended = await this.findEnded();
      if (!this.isWaiting) return;
      this.found = ended ? this.found + 1 : 0;
      if (this.found < looksNeeded) return;
      this.ended = ended;
      this.over.abort();
    } catch (error) {
      if (!(error instanceof ResponseNotFoundError)) throw error;
      this.over.abort(error);
    }
  }
}
