import type { ResponseTextConfig } from 'openai/resources/responses/responses';
import { isToolOutput } from '../models/item.js';
import { DialogEmptyError } from '../conversations/conversations.errors.js';
import type { RemovedItems } from '../conversations/items.repository.js';
import type { ResponseBody } from './response-body.js';
import type { PastItem, ResponseGround } from './response-grounds.service.js';
import type { CreateResponseParams } from './create-response-params.js';

/** A conversation as it was before its last answer. */
export interface LastQuestion {
  ground: ResponseGround;
  /** What was asked last. */
  input: readonly PastItem[];
  /** The ids of the answer to it, if there is one. */
  replaced: ReadonlySet<string>;
  removed: RemovedItems;
}

/**
 * By kind and role, never by odd and even: a question is a user's message or the output of a
 * function, with what was given in the same turn before it.
 *
 * @throws DialogEmptyError when there is none
 */
export function beforeLastQuestion(whole: ResponseGround): LastQuestion {
  const { past } = whole;
  const last = past.findLastIndex(
    ({ item }) => isToolOutput(item) || (item.type === 'message' && item.role === 'user'),
  );
  const question = past[last];
  if (!question) throw new DialogEmptyError({ detail: 'There is no question to answer again' });
  const first = past.findIndex(({ turn }) => turn === question.turn);
  return {
    ground: {
      ...whole,
      past: past.slice(0, first),
      turn: question.turn,
      position: question.position + 1,
    },
    input: past.slice(first, last + 1),
    replaced: new Set(past.slice(last + 1).map(({ id }) => id)),
    removed: { afterPosition: question.position },
  };
}

/** Asks as an earlier response was asked, as far as it tells; its defaults where there is none. */
export function paramsFrom(
  before: ResponseBody | null,
  conversationId: string,
): Omit<CreateResponseParams, 'model' | 'stream'> {
  const tools = (before?.tools ?? []).filter((tool) => tool.type === 'function');
  const choice = before?.tool_choice;
  return {
    input: [],
    conversationId,
    previousResponseId: null,
    instructions: typeof before?.instructions === 'string' ? before.instructions : null,
    maxOutputTokens: before?.max_output_tokens ?? null,
    maxToolCalls: before?.max_tool_calls ?? null,
    temperature: unlessDefault(before?.temperature),
    topP: unlessDefault(before?.top_p),
    topLogprobs: before?.top_logprobs ? before.top_logprobs : null,
    tools,
    toolChoice: isPlainChoice(choice) ? choice : 'auto',
    parallelToolCalls: before?.parallel_tool_calls === false ? false : null,
    text: before ? textFrom(before) : { format: { type: 'text' } },
    reasoningEffort: before?.reasoning?.effort ?? null,
    truncation: before?.truncation ?? 'auto',
    passedOn: before ? penaltiesOf(before) : {},
    metadata: {},
    store: true,
    background: false,
  };
}

/** As it was asked for: a description that is shown as null was never given. */
function textFrom({ text: { format, ...text } }: ResponseBody): ResponseTextConfig {
  if (format.type !== 'json_schema') return { ...text, format };
  const { description, ...schema } = format;
  return { ...text, format: description === null ? schema : { ...schema, description } };
}

/** What is shown as 0 was most likely never said. */
function penaltiesOf({ presence_penalty, frequency_penalty }: ResponseBody) {
  return {
    ...(presence_penalty === 0 ? {} : { presence_penalty }),
    ...(frequency_penalty === 0 ? {} : { frequency_penalty }),
  };
}

function isPlainChoice(choice: ResponseBody['tool_choice'] | undefined) {
  return choice === 'none' || choice === 'auto' || choice === 'required';
}

/** What is shown as 1 was most likely never said, and many models refuse to be told. */
function unlessDefault(value: number | null | undefined): number | null {
  return value === 1 ? null : (value ?? null);
}
