import type {
  AnswerFormat,
  Sampling,
  Tool,
  ToolChoice,
  WantedAnswer,
} from '../../../models/model-request.js';
import type { JsonObject } from '../../../platform/json/fields.js';

/** Fields of a request, and the names of those that may be taken back. */
export interface RequestFields {
  fields: JsonObject;
  added: readonly string[];
  expendable: readonly string[];
}

/** What is chosen here, for who asks as for whom. */
interface HowAsked {
  stream: boolean;
  cacheKey: string | null;
  /** From how many tokens on what was said is compacted; null is never. */
  compactAt: number | null;
}

const sealedThoughts = 'reasoning.encrypted_content';
const probabilities = 'message.output_text.logprobs';

/** What the API has no field for: the original API asks for it where there is one. */
const lacking = ['stop', 'frequency_penalty', 'presence_penalty'] as const;

/** How an answer is asked for. What the caller wants goes out as it is; the rest may be taken back. */
export function requestFields(
  sampling: Sampling,
  wanted: WantedAnswer,
  { stream, cacheKey, compactAt }: HowAsked,
  refused: ReadonlySet<string>,
): RequestFields {
  const fields: Record<string, unknown> = { store: false };
  const added: string[] = [];
  const add = (name: string, value: unknown): void => {
    if (refused.has(name)) return;
    fields[name] = value;
    added.push(name);
  };
  const { reasoning_effort: effort, ...own } = sampling;
  for (const name of ['max_output_tokens', 'temperature', 'top_p'] as const) {
    const said = wanted[name];
    if (said !== undefined) fields[name] = said;
    else if (own[name] !== undefined) add(name, own[name]);
  }
  const { reasoning_effort: wantedEffort, reasoning = {} } = wanted;
  const thinking = { ...reasoning, ...(wantedEffort ? { effort: wantedEffort } : {}) };
  if (Object.keys(thinking).length > 0) fields['reasoning'] = thinking;
  else if (effort !== undefined) add('reasoning', { effort });
  addIncludes(wanted, add, fields);
  Object.assign(fields, ofTools(wanted), ofText(wanted));
  for (const name of lacking) {
    const said = wanted[name];
    if (said !== undefined) fields[name] = said;
  }
  const { top_logprobs: logprobs, context_management: management, passthrough } = wanted;
  if (logprobs !== undefined) fields['top_logprobs'] = logprobs;
  if (management) fields['context_management'] = management;
  else if (compactAt !== null) {
    add('context_management', [{ type: 'compaction', compact_threshold: compactAt }]);
  }
  if (cacheKey !== null) add('prompt_cache_key', cacheKey);
  Object.assign(fields, passthrough);
  if (stream) {
    fields['stream'] = true;
    // Padding against who counts bytes on the way, which is encrypted from here to the service.
    add('stream_options', { include_obfuscation: false });
  }
  return { fields, added, expendable: ['stream_options', 'prompt_cache_key'] };
}

function addIncludes(
  { include = [], top_logprobs: logprobs }: WantedAnswer,
  add: (name: string, value: unknown) => void,
  fields: Record<string, unknown>,
): void {
  const asked = new Set(include);
  if (logprobs !== undefined) asked.add(probabilities);
  asked.delete(sealedThoughts);
  if (asked.size > 0) fields['include'] = [...asked, sealedThoughts];
  else add('include', [sealedThoughts]);
}

function ofTools({
  tools = [],
  tool_choice: choice,
  parallel_tool_calls: parallel,
  max_tool_calls: most,
}: WantedAnswer): JsonObject {
  if (tools.length === 0) return {};
  return {
    tools: tools.map(encodeTool),
    ...(choice === undefined ? {} : { tool_choice: encodeChoice(choice) }),
    ...(parallel === undefined ? {} : { parallel_tool_calls: parallel }),
    ...(most === undefined ? {} : { max_tool_calls: most }),
  };
}

function encodeTool(tool: Tool): JsonObject {
  return tool.type === 'hosted' ? tool.tool : { ...tool };
}

function encodeChoice(choice: ToolChoice): unknown {
  return typeof choice === 'object' && choice.type === 'hosted' ? choice.choice : choice;
}

function ofText({ format, verbosity }: WantedAnswer): JsonObject {
  const text = { ...formatOf(format), ...(verbosity === undefined ? {} : { verbosity }) };
  return Object.keys(text).length === 0 ? {} : { text };
}

function formatOf(format: AnswerFormat | undefined): JsonObject {
  return format === undefined || format.type === 'text' ? {} : { format };
}
