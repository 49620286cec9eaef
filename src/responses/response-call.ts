import type { Sink } from '../upstreams/sink.js';
import type { ResponseBody, ResponseEvent } from './response-body.js';
import type { RecordAnswer } from './response-store.js';

/** How a response in the background begins: stored, before anyone hears of it. */
interface Beginning {
  id: string;
  /** Adds what is written together with it as it begins to run. */
  recordAnswer: RecordAnswer | null;
  begun: (response: ResponseBody) => void;
}

/** What an API tells of the call that it makes for its caller. */
export interface ResponseCall {
  /** Ends the call: aborted by the API when the caller leaves, with the reason. */
  abort: AbortController;
  /** Takes the events; null when the answer is wanted in one. */
  write: Sink<ResponseEvent> | null;
  /** Told before anything else when turns of the history are left out. */
  trimmed: (turns: number) => void;
  /** Of a response in the background, which has its id before it begins. */
  background?: Beginning;
  /** Adds what is written together with the response when it has ended or failed. */
  recordAnswer: RecordAnswer | null;
}
