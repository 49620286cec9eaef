import type { AppError } from '../common/errors/app.error.js';
import type { Usage } from '../upstream/answer-event.js';

/** What a turn or a one-off answer yields: `started`, pieces, then one `done` or `failed`. */
export type TurnEvent =
  /** The upstream is being asked; says whether the pieces are parts of a stream. */
  | { type: 'started'; stream: boolean }
  /** Text to show, in order. When not streamed there is one, the whole answer. */
  | { type: 'piece'; text: string }
  /** The answer is complete and, if it belongs to a conversation, committed. */
  | { type: 'done'; usage: Usage | null }
  /** Nothing was kept. May come first, when the call was refused. */
  | { type: 'failed'; error: AppError };

/** What a door tells of the call that it makes for its caller. */
export interface TurnCall {
  /** Ends the call: aborted by the door when the caller leaves, with the reason. */
  abort: AbortController;
  /** Whether the caller asked for a stream; otherwise the conversation decides. */
  stream: boolean;
}
