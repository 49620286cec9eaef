import type { UnitOfWork } from '../platform/database/unit-of-work.js';
import type { Sink } from '../upstreams/sink.js';

/** Where an answer in words goes: the API's side of a turn, or of an answer that nothing is kept of. */
export interface TextSink {
  /** The model service is being asked; says whether the pieces will be parts of a stream. */
  start(stream: boolean): void;
  /** Told before the first piece when so many turns of the history had to be left out. */
  trimmed(turns: number): void;
  /** Text to show, in order. When not streamed there is one piece, the whole answer. */
  write: Sink<string>;
}

/** What an API tells of the call that it makes for its caller. */
export interface TurnCall {
  /** Ends the call: aborted by the API when the caller leaves, with the reason. */
  abort: AbortController;
  /** Whether the caller asked for a stream; otherwise the conversation decides. */
  stream: boolean;
  text: TextSink;
  /** Adds what is written together with the turn, once the answer has been taken. */
  recordAnswer: ((unitOfWork: UnitOfWork) => void) | null;
}
