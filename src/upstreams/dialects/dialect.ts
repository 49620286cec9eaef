import type { ModelEvent, FinishReason, Usage } from '../../models/model-event.js';
import type { ModelRequest } from '../../models/model-request.js';

/** A request as it goes to a model service. */
export interface EncodedRequest {
  /** Behind the base URL. */
  path: string;
  body: Readonly<Record<string, unknown>>;
  /** Whether there are numbers in it that a double does not hold. */
  isExact?: boolean;
  /**
   * Names of what the service itself added to the request, and so may take back where the model
   * refuses it.
   */
  added: readonly string[];
  /** Those among them that are missed least. */
  expendable: readonly string[];
}

/** One event of an answer's stream, or a whole answer: its JSON text, and what that says. */
export interface RawAnswer {
  data: string;
  value: Readonly<Record<string, unknown>>;
}

/**
 * Reads one answer of a model service. Whatever a server was seen to send in the place of what its
 * API promises is read too: what the model said is neither lost nor invented.
 */
export interface Decoder<Piece> {
  /** @returns what the next event of a stream says; null where it is nothing to hand on */
  read(event: RawAnswer): Piece | null;
  /** @throws TruncatedAnswerError where it is no answer */
  readWhole(answer: RawAnswer): Piece;
  /** Whether the answer is complete, should its stream end here. */
  readonly isFinished: boolean;
  /** Whether more was said after the answer had been called finished, so that it may go on again. */
  readonly hasGoneOn: boolean;
  /** Whether nothing but the end mark can follow. */
  readonly isSettled: boolean;
  readonly usage: Usage | null;
}

/** What a dialect makes of answers. */
export interface AnswerDecoder extends Decoder<readonly ModelEvent[]> {
  /** Why it ended, once it is finished. */
  readonly finish: FinishReason | null;
}

/** How one kind of model service is spoken to. It holds no keys and opens no connections. */
export interface Dialect {
  /** @param refused names of what the model was seen to refuse, which is left out or renamed */
  encode(request: ModelRequest, stream: boolean, refused: ReadonlySet<string>): EncodedRequest;
  decoder(): AnswerDecoder;
}
