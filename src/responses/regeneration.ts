import type { ResponseTextConfig } from 'openai/resources/responses/responses';
import type { ResponseBody } from './response-body.js';
import type { CreateResponseParams } from './create-response-params.js';

/** Asks as an earlier response was asked, as far as it tells; its defaults where there is none. */
export function paramsFrom(
  before: ResponseBody | null,
  conversationId: string,
): Omit<CreateResponseParams, 'model' | 'stream'> {
  const { effort = null, ...reasoning } = before?.reasoning ?? {};
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
    tools: before?.tools ?? [],
    toolChoice: before?.tool_choice ?? 'auto',
    parallelToolCalls: before?.parallel_tool_calls === false ? false : null,
    text: before ? textFrom(before) : { format: { type: 'text' } },
    reasoningEffort: effort,
    ...hintsOf(reasoning),
    truncation: before?.truncation ?? 'auto',
    passedOn: before ? passedOnOf(before) : {},
    metadata: {},
    store: true,
    background: false,
  };
}

/** As it was asked for: what is shown in the place of what was not given was never given. */
function textFrom({ text: { format, ...text } }: ResponseBody): ResponseTextConfig {
  if (format.type !== 'json_schema') return { ...text, format };
  const { description, strict, ...schema } = format;
  return {
    ...text,
    format: {
      ...schema,
      ...(description === null ? {} : { description }),
      ...(strict ? { strict } : {}),
    },
  };
}

/**
 * What is shown as 0 was most likely never said. Who asks is a part of it: to another user a model does
 * not open what it thought.
 */
function passedOnOf(before: ResponseBody): CreateResponseParams['passedOn'] {
  const { presence_penalty, frequency_penalty, safety_identifier, prompt_cache_key } = before;
  return {
    ...(presence_penalty === 0 ? {} : { presence_penalty }),
    ...(frequency_penalty === 0 ? {} : { frequency_penalty }),
    ...(safety_identifier === null ? {} : { safety_identifier }),
    ...(prompt_cache_key === null ? {} : { prompt_cache_key }),
  };
}

/** What is shown as null was never said. */
function hintsOf(reasoning: object): Pick<CreateResponseParams, 'reasoning'> {
  const hints = Object.entries(reasoning).filter(([, hint]) => hint !== null);
  return hints.length === 0 ? {} : { reasoning: Object.fromEntries(hints) };
}

/** What is shown as 1 was most likely never said, and many models refuse to be told. */
function unlessDefault(value: number | null | undefined): number | null {
  return value === 1 ? null : (value ?? null);
}
