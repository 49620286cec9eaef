import type {
  Response,
  ResponseOutputItem,
  ResponseStreamEvent,
  ResponseUsage,
} from 'openai/resources/responses/responses';
import type { AnswerParameters } from './create-response-params.js';

/** A response as it is sent; `output_text` is the client's own addition. */
export type ResponseBody = Omit<Response, 'output_text'> & { store: boolean };

type WithBody<Event> = Event extends { response: Response }
  ? Omit<Event, 'response'> & { response: ResponseBody }
  : Event;

/** One event of a response's stream. */
export type ResponseEvent = WithBody<ResponseStreamEvent>;

/** What a response is about and how it was asked for: the same from its first to its last state. */
export interface ResponseEnvelope extends AnswerParameters {
  id: string;
  /** Epoch milliseconds. */
  createdAt: number;
  model: string;
  conversationId: string | null;
  previousResponseId: string | null;
  metadata: Readonly<Record<string, string>>;
  store: boolean;
  background: boolean;
}

/** OpenAI's limit of pairs. */
const mostMetadata = 16;

/** The frame of a response for which so many turns of the history were left out. */
export function trimmedBy(turns: number, frame: ResponseEnvelope): ResponseEnvelope {
  const { metadata } = frame;
  if (Object.keys(metadata).length >= mostMetadata) return frame;
  return { ...frame, metadata: { ...metadata, 'x-context-trimmed': String(turns) } };
}

/** What has become of it. */
export type ResponseState =
  | { status: 'in_progress' }
  | {
      status: 'completed' | 'incomplete';
      completedAt: number;
      output: ResponseOutputItem[];
      usage: ResponseUsage | null;
      incompleteReason: 'max_output_tokens' | 'content_filter' | null;
    }
  | { status: 'failed'; code: 'server_error' | 'rate_limit_exceeded'; message: string };

/** A response in one of its states, as callers of the OpenAI API know responses. */
export function toResponseBody(frame: ResponseEnvelope, state: ResponseState): ResponseBody {
  const ended = 'output' in state ? state : null;
  return {
    id: frame.id,
    object: 'response',
    created_at: Math.floor(frame.createdAt / 1_000),
    status: state.status,
    background: frame.background,
    completed_at: ended?.status === 'completed' ? Math.floor(ended.completedAt / 1_000) : null,
    error: 'code' in state ? { code: state.code, message: state.message } : null,
    incomplete_details: ended?.incompleteReason ? { reason: ended.incompleteReason } : null,
    instructions: frame.instructions,
    max_output_tokens: frame.maxOutputTokens,
    model: frame.model,
    output: ended?.output ?? [],
    parallel_tool_calls: frame.parallelToolCalls,
    previous_response_id: frame.previousResponseId,
    conversation: frame.conversationId === null ? null : { id: frame.conversationId },
    reasoning: { effort: frame.reasoningEffort, summary: null },
    store: frame.store,
    temperature: frame.temperature ?? 1,
    text: frame.text,
    tool_choice: frame.toolChoice,
    tools: frame.tools,
    top_logprobs: frame.topLogprobs ?? 0,
    top_p: frame.topP ?? 1,
    truncation: frame.truncation,
    metadata: { ...frame.metadata },
    ...frame.passedOn,
    ...(ended?.usage ? { usage: ended.usage } : {}),
  };
}

/** A response as it was when it began. */
export function begun(response: ResponseBody): ResponseBody {
  const body: ResponseBody = {
    ...response,
    status: 'in_progress',
    completed_at: null,
    error: null,
    incomplete_details: null,
    output: [],
  };
  delete body.usage;
  return body;
}

/** A running response as it is once it is cancelled: nothing that was said is kept. */
export function cancelled(running: ResponseBody): ResponseBody {
  return { ...running, status: 'cancelled' };
}

/** A running response whose process is gone. */
export function abandoned(running: ResponseBody): ResponseBody {
  const message = 'The service stopped while it gave this response.';
  return { ...running, status: 'failed', error: { code: 'server_error', message } };
}

/** The last event of a response. There is none for cancelled ones: the response itself says it. */
export function endingOf(response: ResponseBody, number: number): ResponseEvent {
  const { status } = response;
  const isAnswered = status === 'completed' || status === 'incomplete';
  const type = isAnswered ? (`response.${status}` as const) : ('response.failed' as const);
  return { type, response, sequence_number: number };
}
