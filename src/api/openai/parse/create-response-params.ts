import type { ReasoningEffort } from 'openai/resources/shared';
import type { Fields } from '../../../platform/json/fields.js';
import type { InputItem } from '../../../conversations/input-item.js';
import { longestName } from '../../../models/item-body.js';
import type { CreateResponseParams } from '../../../responses/create-response-params.js';
import { parseInputItems } from './input-items.js';
import { parseMetadata } from './metadata.js';
import { parseText } from './text-format.js';
import { parseToolChoice, parseTools } from './tools.js';

/** Of one call, as many as chat completions take: a history that is longer belongs in a conversation. */
const mostItems = 2_048;

/** What both APIs have under the same name. */
const passedOn = ['user', 'safety_identifier', 'prompt_cache_key', 'service_tier'] as const;

/** More than there are names. */
const mostIncludes = 16;

const known: ReadonlySet<string> = new Set([
  ...passedOn,
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
  'prompt_cache_options',
  'prompt_cache_retention',
  'context_management',
  'moderation',
  'personality',
]);

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** What can be asked for and never comes: chat completions know no such thing. */
const emptyIncludes: readonly unknown[] = [
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
];

/** The body of a response's creation. @throws InvalidFieldError naming what is wrong or not supported */
export function parseCreateResponseParams(body: Fields): CreateResponseParams {
  body.allow(known);
  refuseUntranslatable(body);
  const conversationId = parseConversation(body);
  const previousResponseId = body.text('previous_response_id', longestName);
  if (conversationId !== null && previousResponseId !== null) {
    const detail = 'conversation and previous_response_id cannot be used together';
    throw body.fault('previous_response_id', 'invalid_value', detail);
  }
  const store = body.flag('store') ?? true;
  const background = body.flag('background') ?? false;
  if (background && !store) {
    const detail = 'background: true needs store: true: what goes on alone must be found again';
    throw body.fault('background', 'invalid_value', detail);
  }
  const logprobs = parseIncludes(body);
  const topLogprobs = body.integer('top_logprobs', { min: 0, max: 20 });
  body.fields('stream_options')?.flag('include_obfuscation');
  return {
    model: body.text('model', longestName),
    input: parseInput(body),
    conversationId,
    previousResponseId,
    instructions: body.text('instructions'),
    store,
    background,
    stream: body.flag('stream') ?? false,
    maxOutputTokens: body.integer('max_output_tokens', { min: 16, max: 1_000_000_000 }),
    temperature: body.number('temperature', { min: 0, max: 2 }),
    topP: body.number('top_p', { min: 0, max: 1 }),
    topLogprobs: logprobs || topLogprobs ? (topLogprobs ?? 0) : null,
    metadata: parseMetadata(body) ?? {},
    tools: parseTools(body),
    toolChoice: parseToolChoice(body),
    parallelToolCalls: body.flag('parallel_tool_calls') ?? true,
    text: parseText(body),
    reasoningEffort: parseEffort(body),
    truncation: body.choice('truncation', ['auto', 'disabled']) ?? 'auto',
    passedOn: parsePassedOn(body),
  };
}

function refuseUntranslatable(body: Fields): void {
  const reason = (name: string): string =>
    `${name} cannot be translated to chat completions, which stand behind this API`;
  for (const name of [
    'prompt',
    'prompt_cache_options',
    'prompt_cache_retention',
    'context_management',
    'moderation',
    'personality',
    'max_tool_calls',
  ]) {
    body.refuse(name, reason(name));
  }
  const reasoning = body.fields('reasoning');
  reasoning?.allow(new Set(['effort', 'summary', 'generate_summary', 'mode', 'context']));
  for (const name of ['summary', 'generate_summary', 'mode', 'context']) {
    reasoning?.refuse(name, reason(`reasoning.${name}`));
  }
}

function parseInput(body: Fields): InputItem[] {
  const input = body.get('input');
  if (typeof input === 'string') {
    return [{ body: { kind: 'message', role: 'user', content: input } }];
  }
  if (input !== null && !Array.isArray(input))
    throw body.wrongType('input', 'a string or an array');
  return parseInputItems(body.list('input', mostItems) ?? [], 'input');
}

function parseConversation(body: Fields): string | null {
  if (typeof body.get('conversation') === 'string') return body.text('conversation', longestName);
  return body.fields('conversation')?.requiredText('id', longestName) ?? null;
}

function parseEffort(body: Fields): ReasoningEffort {
  return body.fields('reasoning')?.choice('effort', efforts) ?? null;
}

/** @returns whether probabilities of the answer's tokens are wanted */
function parseIncludes(body: Fields): boolean {
  const includes = body.list('include', mostIncludes) ?? [];
  const unknown = includes.findIndex(
    (name) => name !== 'message.output_text.logprobs' && !emptyIncludes.includes(name),
  );
  if (unknown >= 0) {
    throw body.fault(`include[${unknown}]`, 'invalid_value', 'There is nothing of that name');
  }
  return includes.includes('message.output_text.logprobs');
}

function parsePassedOn(body: Fields): Record<string, string> {
  const given = passedOn.map((name): [string, string | null] => [name, body.text(name)]);
  return Object.fromEntries(
    given.flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}
