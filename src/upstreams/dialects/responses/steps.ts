import type { Step } from '../../../models/model-event.js';
import { isJsonObject, listOf, type JsonObject } from '../../../platform/json/fields.js';

export const itemAdded = 'response.output_item.added';
export const itemDone = 'response.output_item.done';

/** Events about the text of a part, by the type of that. */
const texts: ReadonlyMap<string, string> = new Map([
  ['response.output_text', 'output_text'],
  ['response.output_text.annotation', 'output_text'],
  ['response.refusal', 'refusal'],
  ['response.reasoning_text', 'reasoning_text'],
  ['response.reasoning_summary_text', 'summary_text'],
]);
/** Texts that come in pieces, by the kind of their events: the member of the last one that has all. */
export const textNames: ReadonlyMap<string, string> = new Map([
  ['response.output_text', 'text'],
  ['response.refusal', 'refusal'],
  ['response.function_call_arguments', 'arguments'],
  ['response.custom_tool_call_input', 'input'],
  ['response.reasoning_summary_text', 'text'],
  ['response.reasoning_text', 'text'],
  ['response.mcp_call_arguments', 'arguments'],
  ['response.code_interpreter_call_code', 'code'],
]);
/** Calls that the caller answers, by type: the member that has their text, and the kind of its events. */
const calls: ReadonlyMap<unknown, { name: string; kind: string }> = new Map([
  ['function_call', { name: 'arguments', kind: 'response.function_call_arguments' }],
  ['custom_tool_call', { name: 'input', kind: 'response.custom_tool_call_input' }],
]);
const contentPart = 'response.content_part';
const summaryPart = 'response.reasoning_summary_part';

/** Items that are told as they are made; before all others end, a model thinks or a tool runs. */
const spoken: ReadonlySet<unknown> = new Set(['message', 'function_call', 'custom_tool_call']);

/** Whether a model is at work after an event without a word of it. @param before whether it was */
export function isAtWorkAfter({ type, item }: JsonObject, before: boolean): boolean {
  if (type === itemDone) return false;
  return type === itemAdded && isJsonObject(item) ? !spoken.has(item['type']) : before;
}

/** What an event is about, and what it says of that. */
export function nameOf({ type }: Step): { kind: string; event: string } {
  const dot = type.lastIndexOf('.');
  return { kind: type.slice(0, dot), event: type.slice(dot + 1) };
}

/** What came of an item, so that all of it is told once, and in order. */
export class ToldItem {
  /** Null before it has begun. */
  type: string | null = null;
  private readonly parts = new Map<string, 'begun' | 'said' | 'ended'>();

  /** What must be told before an event and was not; null where nobody can know it yet. */
  before(step: Step): Step[] | null {
    if (step.type === itemAdded) return isJsonObject(step['item']) ? none : null;
    const part = partOf(step);
    if (!part) return this.type === null ? null : none;
    const begin = this.type === null ? [beginningOf(part, step)] : none;
    const { kind, event } = nameOf(step);
    if (texts.has(kind)) {
      return this.parts.has(placeOf(step)) ? begin : [...begin, partBeginningOf(part, step)];
    }
    const isDue = event === 'done' && this.parts.get(placeOf(step)) !== 'said';
    return isDue ? [...begin, ...partSteps(part, step).slice(0, -1)] : begin;
  }

  /** Whether all of an item was told but its end. */
  hasAll({ type, content, summary }: JsonObject): boolean {
    if (this.type === null) return false;
    if (calls.has(type)) return this.parts.get(placeAt('content', 0)) === 'said';
    const isEnded = (at: string): boolean => this.parts.get(at) === 'ended';
    return (
      listOf(content).every((_, at) => isEnded(placeAt('content', at))) &&
      listOf(summary).every((_, at) => isEnded(placeAt('summary', at)))
    );
  }

  /** Whether an event says nothing that was not told. */
  has(step: Step): boolean {
    if (step.type === itemAdded) return this.type !== null;
    const state = this.parts.get(placeOf(step));
    if (state === undefined) return false;
    const { kind, event } = nameOf(step);
    if (texts.has(kind) || textNames.has(kind)) {
      return state === 'ended' || (state === 'said' && event !== 'added');
    }
    return isPart(kind) && (event === 'added' || state === 'ended');
  }

  note(step: Step): void {
    const { item } = step;
    if (step.type === itemAdded && isJsonObject(item)) this.type = typeIn(item);
    const { kind, event } = nameOf(step);
    if (isPart(kind)) this.parts.set(placeOf(step), event === 'added' ? 'begun' : 'ended');
    else if (event === 'done' && textNames.has(kind)) this.parts.set(placeOf(step), 'said');
  }
}

const none: Step[] = [];

function typeIn({ type }: JsonObject): string {
  return typeof type === 'string' ? type : '';
}

function isPart(kind: string): boolean {
  return kind === contentPart || kind === summaryPart;
}

/** The part that an event is about, as far as it says; null for any other event. */
function partOf(step: Step): JsonObject | null {
  const { kind } = nameOf(step);
  const type = texts.get(kind);
  if (type !== undefined) return { type };
  return isPart(kind) && isJsonObject(step['part']) ? step['part'] : null;
}

/** Which part an event is about: those of a summary are counted by themselves. */
function placeOf({ content_index: part, summary_index: summary }: Step): string {
  return typeof summary === 'number'
    ? placeAt('summary', summary)
    : placeAt('content', indexIn(part));
}

function placeAt(list: 'content' | 'summary', index: number): string {
  return `${list} ${index}`;
}

/** A count of parts; some services leave out that of the first. */
export function indexIn(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** Of the item that has a part, and of which that is all that is known. */
function beginningOf({ type }: JsonObject, { output_index, item_id: id }: Step): Step {
  const isThought = type === 'reasoning_text' || type === 'summary_text';
  const empty = isThought
    ? { type: 'reasoning', summary: [] }
    : { type: 'message', role: 'assistant', content: [] };
  return { type: itemAdded, output_index, item: { id, status: 'in_progress', ...empty } };
}

/** All events that would have told an item that came whole, but for its end. */
export function stepsOf(item: JsonObject, index: number): Step[] {
  const of = { type: itemDone, output_index: index, item_id: item['id'] };
  const begin: Step = { type: itemAdded, output_index: index, item: emptied(item) };
  const { type, summary, content } = item;
  const call = calls.get(type);
  if (call && typeof item[call.name] === 'string') {
    const named = type === 'function_call' ? { name: item['name'] } : {};
    return [begin, { ...of, type: `${call.kind}.done`, ...named, [call.name]: item[call.name] }];
  }
  if (type !== 'message' && type !== 'reasoning') return [begin];
  const stepsIn = (list: unknown, place: string): Step[] =>
    listOf(list).flatMap((part, at) =>
      isJsonObject(part) ? partSteps(part, { ...of, [place]: at }) : none,
    );
  return [begin, ...stepsIn(summary, 'summary_index'), ...stepsIn(content, 'content_index')];
}

function emptied(item: JsonObject): JsonObject {
  const begun = withoutWords({ ...item, status: 'in_progress' });
  return begun['type'] === 'reasoning' ? { ...begun, summary: [], content: [] } : begun;
}

/** An item as it begins: some services put all of it there, which comes again piece by piece. */
export function withoutWords(item: JsonObject): JsonObject {
  const call = calls.get(item['type']);
  if (call) return { ...item, [call.name]: '' };
  return item['type'] === 'message' ? { ...item, content: [] } : item;
}

/** From its beginning to its end. @param step about it or its item */
function partSteps(part: JsonObject, step: Step): Step[] {
  const at = placeIn(step);
  const kind = 'summary_index' in at ? summaryPart : contentPart;
  const { type, text, refusal, logprobs } = part;
  const begin = partBeginningOf(part, step);
  const end: Step = { type: `${kind}.done`, ...at, part };
  switch (type) {
    case 'output_text': {
      const said = { text, logprobs: listOf(logprobs) };
      return [begin, { type: 'response.output_text.done', ...at, ...said }, end];
    }
    case 'refusal':
      return [begin, { type: 'response.refusal.done', ...at, refusal }, end];
    case 'reasoning_text':
      return [begin, { type: 'response.reasoning_text.done', ...at, text }, end];
    case 'summary_text':
      return [begin, { type: 'response.reasoning_summary_text.done', ...at, text }, end];
    default:
      return [begin, end];
  }
}

function partBeginningOf(part: JsonObject, step: Step): Step {
  const at = placeIn(step);
  const kind = 'summary_index' in at ? summaryPart : contentPart;
  return { type: `${kind}.added`, ...at, part: { ...part, ...emptyText(part) } };
}

function placeIn({ output_index, item_id, content_index, summary_index }: Step) {
  const of = { output_index, item_id };
  if (typeof summary_index === 'number') return { ...of, summary_index };
  return { ...of, content_index: indexIn(content_index) };
}

function emptyText({ type }: JsonObject): JsonObject {
  if (type === 'refusal') return { refusal: '' };
  return type === 'output_text' ? { text: '', annotations: [], logprobs: [] } : { text: '' };
}
