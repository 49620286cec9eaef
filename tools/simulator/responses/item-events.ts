import { splitIntoPieces } from '../answers.js';
import { isRecord } from '../request-body.js';
import { textField } from './items.js';
import type { Item } from './items.js';

/** An event of a stream without the fields that only the stream knows. */
export interface ItemEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/**
 * All that a stream says about one complete item, in order.
 * @param pieces of the text of a message with a single part; without them it is split.
 */
export function* eventsOf(item: Item, pieces?: readonly string[]): Generator<ItemEvent> {
  yield { type: 'response.output_item.added', item: beginningOf(item) };
  yield* eventsWithin(item, pieces);
  yield { type: 'response.output_item.done', item };
}

function* eventsWithin(item: Item, pieces?: readonly string[]): Generator<ItemEvent> {
  switch (item.type) {
    case 'message':
      yield* partEvents(item, pieces);
      break;
    case 'reasoning':
      yield* summaryEvents(item);
      yield* partEvents(item);
      break;
    case 'function_call':
      yield* inputEvents('function_call_arguments', 'arguments', item, { name: item.name });
      break;
    case 'custom_tool_call':
      yield* inputEvents('custom_tool_call_input', 'input', item);
      break;
    case 'web_search_call':
    case 'file_search_call':
      yield* stateEvents(item.type, ['in_progress', 'searching', 'completed']);
      break;
    case 'code_interpreter_call':
      yield* stateEvents(item.type, ['in_progress']);
      yield* inputEvents('code_interpreter_call_code', 'code', item);
      yield* stateEvents(item.type, ['interpreting', 'completed']);
      break;
    case 'image_generation_call':
      yield* stateEvents(item.type, ['in_progress', 'generating']);
      yield {
        type: 'response.image_generation_call.partial_image',
        partial_image_index: 0,
        partial_image_b64: textField(item, 'result') ?? '',
      };
      yield* stateEvents(item.type, ['completed']);
      break;
    case 'mcp_list_tools':
      yield* stateEvents(item.type, ['in_progress', outcomeOf(item)]);
      break;
    case 'mcp_call':
      yield* stateEvents(item.type, ['in_progress']);
      yield* inputEvents('mcp_call_arguments', 'arguments', item);
      yield* stateEvents(item.type, [outcomeOf(item)]);
      break;
    case 'compaction':
      yield* stateEvents(item.type, ['compacting']);
      break;
    default:
  }
}

/** An item as `output_item.added` shows it: nothing said yet, and of what is sealed only a part. */
function beginningOf(item: Item): Item {
  const begun = item.status === undefined ? item : { ...item, status: 'in_progress' };
  const sealed = textField(item, 'encrypted_content');
  switch (item.type) {
    case 'message':
      return { ...begun, content: [] };
    case 'reasoning': {
      const { content, ...rest } = begun;
      const beginning = { ...rest, type: item.type, summary: [] };
      return sealed === null
        ? beginning
        : { ...beginning, encrypted_content: sealed.slice(0, sealed.length / 2) };
    }
    case 'function_call':
      return { ...begun, arguments: '' };
    case 'custom_tool_call':
      return { ...begun, input: '' };
    case 'code_interpreter_call':
      return { ...begun, code: '', outputs: null };
    case 'image_generation_call':
      return { ...begun, result: null };
    case 'mcp_call':
      return { ...begun, arguments: '', output: null };
    default:
      return begun;
  }
}

function* partEvents(item: Item, pieces?: readonly string[]): Generator<ItemEvent> {
  const parts: unknown[] = Array.isArray(item.content) ? item.content : [];
  for (const [index, part] of parts.entries()) {
    if (!isRecord(part)) continue;
    const at = { content_index: index };
    const { type, text = '', refusal = '' } = part;
    const said = String(type === 'refusal' ? refusal : text);
    const empty =
      type === 'refusal' ? { refusal: '' } : { text: '', ...(type === 'output_text' && noSources) };
    yield { type: 'response.content_part.added', ...at, part: { ...part, ...empty } };
    yield* saidEvents(part, said, at, pieces);
    yield { type: 'response.content_part.done', ...at, part };
  }
}

const noSources = { annotations: [], logprobs: [] };

function* saidEvents(
  part: Record<string, unknown>,
  said: string,
  at: { content_index: number },
  pieces: readonly string[] = splitIntoPieces(said),
): Generator<ItemEvent> {
  const name = `response.${String(part.type)}`;
  const isText = part.type === 'output_text';
  const more = isText ? { ...at, logprobs: [] } : at;
  for (const delta of pieces) yield { type: `${name}.delta`, ...more, delta };
  const annotations: unknown[] = Array.isArray(part.annotations) ? part.annotations : [];
  for (const [index, annotation] of annotations.entries()) {
    yield { type: `${name}.annotation.added`, ...at, annotation_index: index, annotation };
  }
  const whole = part.type === 'refusal' ? { refusal: said } : { text: said };
  yield { type: `${name}.done`, ...more, ...whole };
}

function* summaryEvents(item: Item): Generator<ItemEvent> {
  const parts: unknown[] = Array.isArray(item.summary) ? item.summary : [];
  for (const [index, part] of parts.entries()) {
    if (!isRecord(part)) continue;
    const at = { summary_index: index };
    const text = String(part.text);
    yield { type: 'response.reasoning_summary_part.added', ...at, part: { ...part, text: '' } };
    for (const delta of splitIntoPieces(text)) {
      yield { type: 'response.reasoning_summary_text.delta', ...at, delta };
    }
    yield { type: 'response.reasoning_summary_text.done', ...at, text };
    yield { type: 'response.reasoning_summary_part.done', ...at, part };
  }
}

/** What a tool is called with, in small pieces. */
function* inputEvents(
  event: string,
  field: string,
  item: Item,
  more: Record<string, unknown> = {},
): Generator<ItemEvent> {
  const text = textField(item, field) ?? '';
  for (const delta of text.match(/[^]{1,7}/gu) ?? []) {
    yield { type: `response.${event}.delta`, delta };
  }
  yield { type: `response.${event}.done`, [field]: text, ...more };
}

function* stateEvents(type: string, states: readonly string[]): Generator<ItemEvent> {
  for (const state of states) yield { type: `response.${type}.${state}` };
}

function outcomeOf(item: Item): string {
  return item.error == null ? 'completed' : 'failed';
}
