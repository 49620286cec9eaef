import type { ModelEvent, FinishReason, Usage } from '../../models/model-event.js';
import type { JsonObject } from '../../platform/json/fields.js';
import type { AnsweredError } from './answered-error.js';
import type { ModelRequest, WantedAnswer } from '../../models/model-request.js';

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
  /**
   * Those among them whose values are the caller's: they go under another name where they must, but
   * a refusal of the value is the caller's to read.
   */
  asked?: readonly string[];
}

/** What is known of who is asked. */
export interface Recipient {
  /** Names of what the model was seen to refuse, which is left out or renamed. */
  refused: ReadonlySet<string>;
  /** Whether the key may belong to an organization: thoughts may be sealed for one. */
  isOf(organization: string): boolean;
  /** The same for questions that begin in the same way, as those of a conversation do; null is none. */
  affinity: string | null;
  /** Whether it has just refused the thoughts that came with the request. */
  refusesThoughts: boolean;
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
  /** Whether that has no end of its own yet: only the stream's end mark can end it. */
  readonly isResumed: boolean;
  /** Whether nothing but the end mark can follow. */
  readonly isSettled: boolean;
  /** Whether it may be silent for as long as before its first word: the model thinks, or a tool runs. */
  readonly isAtWork?: boolean;
  readonly usage: Usage | null;
}

/** What a dialect makes of answers. */
export interface AnswerDecoder extends Decoder<readonly ModelEvent[]> {
  /** Why it ended, once it is finished. */
  readonly finish: FinishReason | null;
  /** What else the service says of the whole answer, by the Responses API's names. */
  readonly remarks?: Readonly<Record<string, unknown>>;
  /** Why its service left out what it was told, by reason. */
  readonly removed?: readonly string[];
}

/** What a dialect makes of a compaction. */
export interface CompactionDecoder extends Decoder<readonly JsonObject[]> {
  /** The items to go on from, in the words of the Responses API, the compaction last. */
  readonly output: readonly JsonObject[];
}

/** Keeps a secret out of the events of one stream, wherever its texts are cut. */
export interface EventFilter {
  clean(event: RawAnswer): RawAnswer;
}

/** A question in the words of its service, and who reads the answer. */
export interface Exchangeable<Reading> {
  request: EncodedRequest;
  decoder: Reading;
}

/** A caller's own request, as anyone is asked it. */
export type Relay = (recipient: Recipient) => Exchangeable<Decoder<readonly RawAnswer[]>>;

/** How one kind of model service is spoken to. It holds no keys and opens no connections. */
export interface Dialect {
  /** By which it is set and named to people. */
  readonly name: string;
  ask(request: ModelRequest, stream: boolean, recipient: Recipient): Exchangeable<AnswerDecoder>;
  /**
   * Hands on a caller's own request of the chat completions API, and the answer in its words.
   *
   * @throws InvalidFieldError for what the service has no words for
   */
  relay(request: RelayRequest): Relay;
  filter(secret: string): EventFilter;
  /** Has what was said put into one item that its service alone reads, where it does that. */
  compact?(request: ModelRequest, recipient: Recipient): Exchangeable<CompactionDecoder>;
  /** Whether an error says that the thoughts which came with the request cannot be read. */
  isAboutThoughts?(error: AnsweredError): boolean;
  /** @throws InvalidFieldError for what the service has not got, and which dialect would take it */
  check(wanted: WantedAnswer): void;
}

/** A request of the OpenAI API as a caller made it. */
export interface RelayRequest {
  path: '/chat/completions' | '/completions' | '/embeddings';
  model: string;
  /** Sent as it is, `model` included; fields that nobody here knows too. */
  body: Readonly<Record<string, unknown>>;
  /** The longest answer, where the service bounds it; left out where the model refuses that. */
  maxOutputTokens?: number | null;
}
