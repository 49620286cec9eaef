import { toExactJson } from '../platform/json/exact-numbers.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { TruncatedAnswerError, parseAnswer } from './dialects/parse-answer.js';
import type { BytesInFlight } from '../platform/http/bytes-in-flight.js';
import type { Decoder, EncodedRequest, EventFilter, RawAnswer } from './dialects/dialect.js';
import type { Sink } from './sink.js';
import { readText } from './transport/answer-limits.js';
import type { CallWatch } from './transport/call-watch.js';
import { readEvents } from './transport/read-events.js';
import { withoutSecret } from './transport/secret-filter.js';
import type { AnswerHeaders, UpstreamConnection } from './transport/upstream-connection.js';
import { noteRequestId } from './upstream-request-id.js';

/** A request with one key. */
export interface Exchange {
  request: EncodedRequest;
  secret: string;
  stream: boolean;
  /** The longest answer, in bytes. */
  maxAnswerBytes: number;
  /** What all calls together hold. */
  inFlight: BytesInFlight;
  filter: EventFilter;
}

/** Answers up to so many bytes are most of them, and hold nothing that is worth counting. */
const uncountedBytes = 1024 * 1024;

/**
 * Asks once and reads the answer, whole or as it comes.
 *
 * @returns the headers of the answer, once it is complete
 * @throws AnsweredError, NoAnswerError, TruncatedAnswerError, AnswerTooLargeError, SyntaxError or
 *   WebPageError, what `write` throws, or the watch's reason
 */
export async function exchange<Piece>(
  connection: UpstreamConnection,
  { request, secret, stream, maxAnswerBytes, inFlight, filter }: Exchange,
  decoder: Decoder<Piece>,
  watch: CallWatch,
  write: Sink<Piece>,
): Promise<AnswerHeaders> {
  if (stream) watch.expectFirstWord();
  else watch.expectAnswer();
  const { headers, body } = await connection.post({
    path: request.path,
    body: request.isExact ? toExactJson(request.body) : JSON.stringify(request.body),
    secret,
    stream,
    signal: watch.signal,
  });
  noteRequestId(watch, headers, secret);
  const reading = new AnswerReading(decoder, filter, watch, write, headers, secret);
  if (!stream) {
    let bytes = 0;
    try {
      const text = await readText(body, maxAnswerBytes, (more) => {
        bytes += more;
        if (bytes > uncountedBytes) inFlight.hold(decoder, more);
      });
      await reading.takeWhole(text);
    } finally {
      inFlight.release(decoder);
    }
    return headers;
  }
  let hasEndMark = true;
  try {
    hasEndMark = await readEvents(body, maxAnswerBytes, {
      take: (data) => reading.takeEvent(data),
      takeWhole: (text) => reading.takeWhole(text),
      watch,
    });
  } catch (error) {
    // Complete answers stay complete, whatever happens to the connection afterwards; one that its
    // reader did not take to the end is none, and neither is one that had gone on after its end.
    if (!decoder.isFinished || decoder.hasGoneOn || reading.refusal === error) throw error;
  }
  if (!decoder.isFinished || (decoder.isResumed && !hasEndMark)) throw new TruncatedAnswerError();
  return headers;
}

class AnswerReading<Piece> {
  /** Why the answer is none, be it finished: its reader refused a piece, or it says so itself. */
  refusal: unknown = null;
  private hasSpoken = false;

  constructor(
    private readonly decoder: Decoder<Piece>,
    private readonly filter: EventFilter,
    private readonly watch: CallWatch,
    private readonly write: Sink<Piece>,
    private readonly headers: AnswerHeaders,
    private readonly secret: string,
  ) {}

  takeEvent(data: string): Promise<void> | undefined {
    const { watch } = this;
    watch.came();
    const piece = this.read(this.filter.clean({ data, value: this.parse(data) }));
    this.hasSpoken ||= piece !== null;
    const taken = piece === null ? undefined : this.hand(piece);
    if (taken) {
      return taken.then(() => {
        this.expectNext();
      });
    }
    this.expectNext();
    return undefined;
  }

  async takeWhole(text: string): Promise<void> {
    const { decoder, watch } = this;
    const data = withoutSecret(text, this.secret);
    watch.came();
    watch.throwIfEnded();
    const piece = decoder.readWhole({ data, value: this.parse(data) });
    await this.hand(piece);
  }

  private parse(data: string): RawAnswer['value'] {
    return unsafeCast<RawAnswer['value']>(parseAnswer(data, this.headers));
  }

  private read(event: RawAnswer): Piece | null {
    try {
      return this.decoder.read(event);
    } catch (error) {
      // Whatever it said before, its service says that it is none.
      if (error instanceof TruncatedAnswerError) this.refusal = error;
      throw error;
    }
  }

  private hand(piece: Piece): Promise<void> | undefined {
    try {
      return this.write(piece);
    } catch (error) {
      this.refusal = error;
      throw error;
    }
  }

  private expectNext(): void {
    if (this.decoder.isSettled) this.watch.expectEnd();
    else if (this.hasSpoken && !this.decoder.isAtWork) this.watch.expectPiece();
    else this.watch.expectFirstWord();
  }
}
