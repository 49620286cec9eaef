import type { NumberedEvent } from './response-events.js';

/** The newest events of one response, and the readers that wait for more. */
export class EventLog {
  /** Of the events' texts, in UTF-8. */
  bytes = 0;
  /** By the monotonic clock; null while the response runs. */
  endedAt: number | null = null;
  private readonly events: NumberedEvent[] = [];
  private readonly waiting = new Set<() => void>();

  /** @param first the number of the oldest event that is kept, or comes next */
  constructor(private first: number) {}

  append(event: NumberedEvent): void {
    this.events.push(event);
    this.bytes += Buffer.byteLength(event.data);
    this.wake();
  }

  end(now: number): void {
    this.endedAt = now;
    this.wake();
  }

  /** Lets go of the oldest events until the rest has so many bytes at most. */
  shorten(mostBytes: number): void {
    let dropped = 0;
    for (const { data } of this.events) {
      if (this.bytes <= mostBytes) break;
      this.bytes -= Buffer.byteLength(data);
      dropped += 1;
    }
    this.events.splice(0, dropped);
    this.first += dropped;
  }

  /** @returns undefined for an event that has not come yet, or that is lost */
  at(number: number): NumberedEvent | undefined {
    return this.events[number - this.first];
  }

  hasLost(number: number): boolean {
    return number < this.first;
  }

  /** Resolves on the next {@link wake}. @throws the signal's reason when it is aborted before */
  change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.waiting.delete(done);
        if (signal.aborted) reject(toError(signal.reason));
        else resolve();
      };
      signal.addEventListener('abort', done);
      this.waiting.add(done);
      if (signal.aborted) done();
    });
  }

  wake(): void {
    for (const done of this.waiting) done();
  }
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
