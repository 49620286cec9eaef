import type { ResponseTextConfig } from 'openai/resources/responses/responses';
import type { ResponseBody } from './response-body.js';
import type {
  AnswerParameters,
  CreateResponseParams,
  UnshownParameters,
} from './create-response-params.js';

/** A response as it is shown, and what was asked beside that; null is nothing, or not known. */
interface AskedBefore {
  body: ResponseBody;
  asked: UnshownParameters | null;
}

/** Asks as an earlier response was asked, as far as that is known; its defaults where there is none. */
export function paramsFrom(
  earlier: AskedBefore | null,
  conversationId: string,
): Omit<CreateResponseParams, 'model' | 'stream'> {
  const before = earlier?.body;
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
    ...earlier?.asked,
    metadata: {},
    store: true,
    background: false,
  };
}

/** What is to be kept beside a response; null where it shows all. */
export function unshownOf({
  passedOn,
  contextManagement = null,
  include = [],
}: Pick<AnswerParameters, keyof UnshownParameters>): UnshownParameters | null {
  const asked = {
    ...(Object.keys(passedOn).length === 0 ? {} : { passedOn }),
    ...(contextManagement === null ? {} : { contextManagement }),
    ...(include.length === 0 ? {} : { include }),
  };
  return Object.keys(asked).length === 0 ? null : { passedOn: {}, ...asked };
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

/** Of what is passed on, what responses always showed, and how where it was not said. */
const unsaid: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['user', null],
  ['presence_penalty', 0],
  ['frequency_penalty', 0],
  ['safety_identifier', null],
  ['prompt_cache_key', null],
]);

/**
 * What is shown as 0 was most likely never said. Who asks is a part of it: to another user a model does
 * not open what it thought.
 */
function passedOnOf(before: ResponseBody): CreateResponseParams['passedOn'] {
  const said = Object.entries(before).filter(
    ([name, value]) => unsaid.has(name) && value !== unsaid.get(name),
  );
  return Object.fromEntries(said);
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
