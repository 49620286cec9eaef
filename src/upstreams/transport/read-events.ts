import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { SizeLimit } from './answer-limits.js';
import type { CallWatch } from './call-watch.js';
import { EventParser } from './event-parser.js';
import { EventShare, portion } from './event-share.js';

/** What ends a stream of the OpenAI API, before the end of the body itself. */
const endOfStream = '[DONE]';
/** With blanks around it. */
const longestMark = 16;

/** Who reads a stream. */
export interface EventReader {
  /** Takes the `data` of an event. A promise makes the stream wait until it is settled. */
  take: (data: string) => Promise<void> | undefined;
  /** Takes all of a body that is JSON where events were asked for. */
  takeWhole: (text: string) => Promise<void>;
  /** Told of all that comes, be it comments, and that what came waits for its share of the process. */
  watch: Pick<CallWatch, 'signal' | 'alive' | 'came'>;
}

/**
 * Characters of events that wait before their body has to, twice what one read brings. Whenever a body
 * goes on, its connection joins all that it has and reads on by itself: of one that stops again after
 * less, the connection holds and copies more each time.
 */
const mostHeld = 131_072;

/** What an event counts for beside its characters: short ones are work too. */
const eventFrame = 32;

/** Of all streams of the process. */
const share = new EventShare();

/**
 * Hands over the `data` of each event of a body as it comes, until its end mark or its end; of a
 * body that is JSON instead, all of it. What came in one moment is handed over in that moment, as far
 * as the share of all streams goes, without a promise in between: a stream has many pieces, and most of
 * them come alone.
 *
 * @param maxBytes of all of it
 * @returns whether it had an end of its own: its end mark, or that of JSON
 * @throws what the body fails with, what its reader throws, or AnswerTooLargeError
 */
export function readEvents(
  body: Readable,
  maxBytes: number,
  reader: EventReader,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    new EventReading(body, maxBytes, reader, resolve, reject).start();
  });
}

class EventReading {
  private readonly decoder = new StringDecoder('utf8');
  private events: string[] = [];
  /** How many of them were handed over: to take them away one by one would move all others. */
  private taken = 0;
  private eventCharacters = 0;
  private readonly parser: EventParser;
  private readonly limit: SizeLimit;
  /** What came of a body that is JSON; null of one that is not, undefined before anything came. */
  private json: string | null | undefined;
  /** Why nothing is handed over: the last event is being taken, or the next one waits for its share. */
  private wait: 'taking' | 'share' | null = null;
  private isPaused = false;
  /** The body's end came; events that wait to be taken are still handed over. */
  private hasEnded = false;
  private isOver = false;

  constructor(
    private readonly body: Readable,
    maxBytes: number,
    private readonly reader: EventReader,
    private readonly resolve: (hasEndMark: boolean) => void,
    private readonly reject: (reason: unknown) => void,
  ) {
    this.limit = new SizeLimit(maxBytes);
    this.parser = new EventParser((data) => {
      this.events.push(data);
      this.eventCharacters += data.length + eventFrame;
    }, maxBytes);
  }

  start(): void {
    this.body.on('data', (bytes: Buffer) => {
      this.guarded(() => {
        if (this.isOver) return;
        this.reader.watch.alive();
        this.limit.add(bytes.length);
        const text = this.decoder.write(bytes);
        if (this.json === undefined) this.look(text);
        if (typeof this.json === 'string') {
          this.json += text;
          return;
        }
        this.parser.feed(text);
        if (this.wait === null) this.handOver();
        else if (this.eventCharacters > mostHeld) this.pause();
      });
    });
    this.body.on('error', (error) => {
      this.guarded(() => {
        // What waits of a call that was ended is nobody's.
        const isOwn = !this.reader.watch.signal.aborted;
        if (this.wait === 'share' && isOwn) this.handOver(false);
      });
      this.fail(error);
    });
    // A body that is destroyed without an error never ends.
    for (const end of ['end', 'close']) {
      this.body.on(end, () => {
        this.hasEnded = true;
        this.guarded(() => {
          if (typeof this.json === 'string') this.takeWhole(this.json);
          else if (this.wait === null) this.complete(false);
        });
      });
    }
  }

  /** No line of an event stream begins like JSON. */
  private look(text: string): void {
    const beginning = text.replace(/^\uFEFF/, '').trimStart();
    if (beginning === '') return;
    this.json = beginning.startsWith('{') || beginning.startsWith('[') ? '' : null;
  }

  private takeWhole(text: string): void {
    if (this.isOver || this.wait !== null) return;
    this.wait = 'taking';
    this.reader.takeWhole(text.replace(/^\uFEFF/, '')).then(
      () => {
        this.complete(true);
      },
      (error: unknown) => {
        this.fail(error);
      },
    );
  }

  /** @param isShared whether it takes no more than its share now */
  private handOver(isShared = true): void {
    let portionLeft = 0;
    for (;;) {
      const data = this.events[this.taken];
      if (data === undefined) break;
      if (this.isOver) return;
      if (portionLeft <= 0) {
        if (isShared && !share.isLeft) {
          this.waitForShare();
          return;
        }
        portionLeft = portion;
      }
      const weight = data.length + eventFrame;
      share.take(weight);
      portionLeft -= weight;
      this.taken += 1;
      this.eventCharacters -= weight;
      const mark = data.length <= longestMark ? data.trim() : null;
      if (mark === endOfStream) {
        this.complete(true);
        return;
      }
      // Sent by some to show that they are there.
      if (mark === '') continue;
      const taken = this.reader.take(data);
      if (taken) {
        this.waitFor(taken);
        return;
      }
    }
    this.events = [];
    this.taken = 0;
    if (this.hasEnded) this.complete(false);
    this.wait = null;
    if (!this.isPaused) return;
    this.isPaused = false;
    this.body.resume();
  }

  private pause(): void {
    this.isPaused = true;
    this.body.pause();
  }

  private waitForShare(): void {
    this.wait = 'share';
    this.reader.watch.came();
    if (this.eventCharacters > mostHeld) this.pause();
    share.wait(() => {
      this.guarded(() => {
        if (this.wait === 'share') this.handOver();
      });
    });
  }

  private waitFor(taken: Promise<void>): void {
    this.wait = 'taking';
    this.pause();
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
  private complete(hasEndMark: boolean): void {
    if (this.isOver) return;
    this.isOver = true;
    this.body.resume();
    this.resolve(hasEndMark);
  }

  private fail(error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.body.destroy();
    this.reject(error);
  }
}
