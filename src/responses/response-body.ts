import type {
  Response,
  ResponseFormatTextConfig,
  ResponseFormatTextJSONSchemaConfig,
  ResponseOutputItem,
  ResponseStreamEvent,
  ResponseTextConfig,
  ResponseUsage,
  Tool,
} from 'openai/resources/responses/responses';
import type { AnswerParameters } from './create-response-params.js';

/** The form of an answer with every field that Open Responses requires of it. */
type ShownFormat =
  | Exclude<ResponseFormatTextConfig, ResponseFormatTextJSONSchemaConfig>
  | (Omit<ResponseFormatTextJSONSchemaConfig, 'description'> & {
      description: string | null;
      strict: boolean;
    });

type ShownText = Omit<ResponseTextConfig, 'format'> & { format: ShownFormat };

/** What OpenAI leaves out and Open Responses requires. */
interface RequiredFields {
  store: boolean;
  text: ShownText;
  usage: ResponseUsage | null;
  presence_penalty: number;
  frequency_penalty: number;
  max_tool_calls: number | null;
  service_tier: NonNullable<Response['service_tier']>;
  safety_identifier: string | null;
  prompt_cache_key: string | null;
}

/**
 * A response as it is sent, with every field that Open Responses requires; `output_text` is the
 * client's own addition.
 */
export type ResponseBody = Omit<Response, 'output_text' | keyof RequiredFields> & RequiredFields;

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
      /** What else its model service says of the answer. */
      remarks?: Readonly<Record<string, unknown>>;
    }
  | { status: 'failed'; code: 'server_error' | 'rate_limit_exceeded'; message: string };

/** Of what is passed on, what responses show. */
const shownOfPassedOn = new Set([
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
  'presence_penalty',
  'frequency_penalty',
]);

/** Of fields that may be left out when a response is asked for. */
const unlessSaid = {
  usage: null,
  presence_penalty: 0,
  frequency_penalty: 0,
  max_tool_calls: null,
  service_tier: 'default',
  safety_identifier: null,
  prompt_cache_key: null,
} as const;

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
    parallel_tool_calls: frame.parallelToolCalls ?? true,
    previous_response_id: frame.previousResponseId,
    conversation: frame.conversationId === null ? null : { id: frame.conversationId },
    reasoning: { effort: frame.reasoningEffort, summary: null, ...shownReasoning(frame) },
    store: frame.store,
    temperature: frame.temperature ?? 1,
    text: shownText(frame.text),
    tool_choice: frame.toolChoice,
    tools: frame.tools.map(shownTool),
    top_logprobs: frame.topLogprobs ?? 0,
    top_p: frame.topP ?? 1,
    truncation: frame.truncation,
    metadata: { ...frame.metadata },
    ...unlessSaid,
    ...Object.fromEntries(
      Object.entries(frame.passedOn).filter(([name]) => shownOfPassedOn.has(name)),
    ),
    max_tool_calls: frame.maxToolCalls,
    ...(ended?.usage ? { usage: ended.usage } : {}),
    ...ended?.remarks,
  };
}

/** A stored response; those of earlier versions lack fields. */
export function fromStored(body: ResponseBody): ResponseBody {
  return {
    // For the order: what is missing comes last.
    ...body,
    ...unlessSaid,
    ...body,
    text: shownText(body.text),
    tools: body.tools.map(shownTool),
  };
}

/** Of how a model was asked to think, what the client's types know. */
const shownHints = new Map<string, readonly unknown[]>([
  ['summary', ['auto', 'concise', 'detailed']],
  ['context', ['auto', 'current_turn', 'all_turns']],
  ['mode', ['standard', 'pro']],
]);

function shownReasoning({ reasoning = {} }: AnswerParameters): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(reasoning).filter(([name, hint]) => shownHints.get(name)?.includes(hint)),
  );
}

function shownText({ format, ...text }: ResponseTextConfig | ShownText): ShownText {
  if (format?.type !== 'json_schema') return { ...text, format: format ?? { type: 'text' } };
  const { description = null, strict } = format;
  return { ...text, format: { ...format, description, strict: strict ?? false } };
}

function shownTool(tool: Tool): Tool {
  return tool.type === 'function' ? { ...tool, description: tool.description ?? null } : tool;
}

/** A response as it was when it began. */
export function begun(response: ResponseBody): ResponseBody {
  return {
    ...response,
    status: 'in_progress',
    completed_at: null,
    error: null,
    incomplete_details: null,
    output: [],
    usage: null,
  };
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
export function finalEventOf(response: ResponseBody, number: number): ResponseEvent {
  const { status } = response;
  const isAnswered = status === 'completed' || status === 'incomplete';
  const type = isAnswered ? (`response.${status}` as const) : ('response.failed' as const);
  return { type, response, sequence_number: number };
}
