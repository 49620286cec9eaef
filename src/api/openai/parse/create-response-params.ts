import type { ReasoningEffort } from 'openai/resources/shared';
import { Fields } from '../../../platform/json/fields.js';
import type { InputItem } from '../../../conversations/input-item.js';
import { longestName } from '../../../models/item.js';
import type { CreateResponseParams } from '../../../responses/create-response-params.js';
import { parseInputItems } from './input-items.js';
import { parseMetadata } from './metadata.js';
import { parsePassthrough, passthroughNames } from './passthrough.js';
import { parseText } from './text-format.js';
import { parseToolChoice, parseTools } from './tools.js';

/** Of one call, as many as chat completions take: a history that is longer belongs in a conversation. */
const mostItems = 2_048;

/** More than there are names. */
const mostIncludes = 16;

/** They steer what no model service is told from here: a response is the same with and without them. */
const hints = ['client_metadata', 'store_options'];

const known: ReadonlySet<string> = new Set([
  ...passthroughNames,
  ...hints,
  'model',
  'input',
  'conversation',
  'previous_response_id',
  'instructions',
  'stream',
  'stream_options',
  'store',
  'background',
  'max_output_tokens',
  'max_tool_calls',
  'temperature',
  'top_p',
  'top_logprobs',
  'metadata',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'truncation',
  'include',
  'prompt',
  'context_management',
]);
/** All but the effort are hints, which chat completions do without. */
const knownOfReasoning = new Set(['effort', 'summary', 'generate_summary', 'mode', 'context']);

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

const probabilities = 'message.output_text.logprobs';

/** What can be asked for; all but probabilities never comes where chat completions answer. */
const includables: readonly string[] = [
  probabilities,
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
];

/**
 * The body of a response's creation. Fields that nobody here knows are taken and change nothing, as
 * each version of a client sends more of them.
 *
 * @param isStrict refuses those fields
 * @throws InvalidFieldError naming what is wrong or not supported
 */
export function parseCreateResponseParams(body: Fields, isStrict: boolean): CreateResponseParams {
  if (isStrict) {
    body.allow(known);
    body.fields('reasoning')?.allow(knownOfReasoning);
  }
  body.refuse('prompt', 'Prompts are not stored here: send the text of this one as instructions');
  const source = parseTurnSource(body);
  const store = body.flag('store') ?? true;
  const background = body.flag('background') ?? false;
  if (background && !store) {
    const detail = 'background: true needs store: true: what goes on alone must be found again';
    throw body.fault('background', 'invalid_value', detail);
  }
  const logprobs = parseIncludes(body).includes(probabilities);
  const topLogprobs = body.integer('top_logprobs', { min: 0, max: 20 });
  const tools = parseTools(body, isStrict);
  return {
    model: body.text('model', longestName),
    input: parseInput(body),
    ...source,
    instructions: body.text('instructions'),
    store,
    background,
    stream: body.flag('stream') ?? false,
    maxOutputTokens: body.integer('max_output_tokens', { min: 16, max: 1_000_000_000 }),
    maxToolCalls: body.integer('max_tool_calls', { min: 1, max: 1_000_000_000 }),
    temperature: body.number('temperature', { min: 0, max: 2 }),
    topP: body.number('top_p', { min: 0, max: 1 }),
    topLogprobs: logprobs || topLogprobs ? (topLogprobs ?? 0) : null,
    metadata: parseMetadata(body) ?? {},
    tools,
    toolChoice: parseToolChoice(body, tools),
    parallelToolCalls: body.flag('parallel_tool_calls'),
    text: parseText(body, isStrict),
    reasoningEffort: parseEffort(body),
    reasoning: parseReasoning(body),
    include: parseIncludes(body),
    contextManagement: parseContextManagement(body),
    truncation: body.choice('truncation', ['auto', 'disabled']) ?? 'auto',
    passedOn: parsePassthrough(body),
  };
}

/** The items of `input`, or its text as a user's. @throws InvalidFieldError */
export function parseInput(body: Fields): InputItem[] {
  const input = body.get('input');
  if (typeof input === 'string') {
    return [{ item: { type: 'message', role: 'user', content: input } }];
  }
  if (input !== null && !Array.isArray(input))
    throw body.wrongType('input', 'a string or an array');
  return parseInputItems(body.list('input', mostItems) ?? [], 'input', true);
}

/** What it builds on: at most one of the two. @throws InvalidFieldError */
export function parseTurnSource(
  body: Fields,
): Pick<CreateResponseParams, 'conversationId' | 'previousResponseId'> {
  const conversationId = parseConversation(body);
  const previousResponseId = body.text('previous_response_id', longestName);
  if (conversationId !== null && previousResponseId !== null) {
    const detail = 'conversation and previous_response_id cannot be used together';
    throw body.fault('previous_response_id', 'invalid_value', detail);
  }
  return { conversationId, previousResponseId };
}

function parseConversation(body: Fields): string | null {
  if (typeof body.get('conversation') === 'string') return body.text('conversation', longestName);
  return body.fields('conversation')?.requiredText('id', longestName) ?? null;
}

function parseEffort(body: Fields): ReasoningEffort {
  return body.fields('reasoning')?.choice('effort', efforts) ?? null;
}

/** All but the effort. */
function parseReasoning(body: Fields): Record<string, unknown> {
  const { effort, ...hints } = body.fields('reasoning')?.object ?? {};
  return hints;
}

/** Handed on as it came, once what is read of it here is what it should be. */
export function parseContextManagement(body: Fields): unknown[] | null {
  const rules = body.list('context_management');
  for (const [index, rule] of (rules ?? []).entries()) {
    const fields = Fields.of(rule, `context_management[${index}]`);
    fields.integer('compact_threshold', { min: 1, max: 1_000_000_000 });
  }
  return rules;
}

/** What else is to be told of the answer. */
function parseIncludes(body: Fields): string[] {
  const includes = body.list('include', mostIncludes) ?? [];
  return includes.map((name, index) => {
    const known = includables.find((one) => one === name);
    if (known !== undefined) return known;
    throw body.fault(`include[${index}]`, 'invalid_value', 'There is nothing of that name');
  });
}
