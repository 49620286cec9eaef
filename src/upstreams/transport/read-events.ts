import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { maxWholeAnswerSize, maxStreamBytes, SizeLimit } from './answer-limits.js';
import { EventParser } from './event-parser.js';

/** What ends a stream of the OpenAI API, before the end of the body itself. */
const endOfStream = '[DONE]';

/**
 * Hands over the `data` of each event of a body as it comes, until its end mark or its end; of a
 * body that is JSON instead, all of it. Takes the place of the client's own decoder, which costs
 * more a piece and closes the connection of a stream that is left early. Everything that came in one moment is handed over in that moment,
 * without a promise in between: a stream has many pieces, and most of them come alone.
 *
 * @param take may return a promise: nothing more is read until it is settled
 * @param refuse told the text of a body that is JSON where events were asked for; throws what is
 *   concluded from it
 * @throws what the body fails with, or `take` or `refuse` throws
 */
export function readEvents(
  body: Readable,
  take: (data: string) => Promise<void> | undefined,
  refuse: (text: string) => never,
): Promise<void> {
  return new Promise((resolve, reject) => {
    new EventReading(body, take, refuse, resolve, reject).start();
  });
}

class EventReading {
  private readonly decoder = new StringDecoder('utf8');
  private readonly events: string[] = [];
  private readonly parser = new EventParser((data) => this.events.push(data));
  private limit = new SizeLimit(maxStreamBytes);
  /** What came of a body that is JSON; null of one that is not, undefined before anything came. */
  private json: string | null | undefined;
  private isWaiting = false;
  /** The body's end came; events that wait to be taken are still handed over. */
  private hasEnded = false;
  private isOver = false;

  constructor(
    private readonly body: Readable,
    private readonly take: (data: string) => Promise<void> | undefined,
    private readonly refuse: (text: string) => never,
    private readonly resolve: () => void,
    private readonly reject: (reason: unknown) => void,
  ) {}

  start(): void {
    this.body.on('data', (bytes: Buffer) => {
      this.guarded(() => {
        if (this.isOver) return;
        this.limit.add(bytes.length);
        const text = this.decoder.write(bytes);
        if (this.json === undefined) this.look(text);
        if (typeof this.json === 'string') {
          this.json += text;
          return;
        }
        this.parser.feed(text);
        this.handOver();
      });
    });
    this.body.on('error', (error) => {
      this.fail(error);
    });
    // A body that is destroyed without an error never ends.
    for (const end of ['end', 'close']) {
      this.body.on(end, () => {
        this.hasEnded = true;
        this.guarded(() => {
          if (typeof this.json === 'string' && !this.isOver) this.refuse(this.json);
          if (!this.isWaiting) this.complete();
        });
      });
    }
  }

  /** No line of an event stream begins like JSON. */
  private look(text: string): void {
    const beginning = text.trimStart();
    if (beginning === '') return;
    const isJson = beginning.startsWith('{') || beginning.startsWith('[');
    this.json = isJson ? '' : null;
    if (isJson) this.limit = new SizeLimit(maxWholeAnswerSize);
  }

  private handOver(): void {
    for (let data = this.events.shift(); data !== undefined; data = this.events.shift()) {
      if (this.isOver) return;
      if (data === endOfStream) {
        this.complete();
        return;
      }
      const taken = this.take(data);
      if (taken) {
        this.waitFor(taken);
        return;
      }
    }
    if (this.hasEnded) this.complete();
    if (!this.isWaiting) return;
    this.isWaiting = false;
    this.body.resume();
  }

  private waitFor(taken: Promise<void>): void {
    this.isWaiting = true;
    this.body.pause();
    taken
      .then(() => {
        this.guarded(() => {
          this.handOver();
        });
      })
      .catch((error: unknown) => {
        this.fail(error);
      });
  }

  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  /** What follows the end mark is read and thrown away, so that the connection serves the next call. */
  private complete(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.body.resume();
    this.resolve();
  }

  private fail(error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.body.destroy();
    this.reject(error);
  }
}
