import type { ModelEvent } from '../../../models/model-event.js';
import { isJsonObject, type JsonObject } from '../../../platform/json/fields.js';
import { ChoiceDecoder, logprobsIn, textIn } from './choice-decoder.js';
import { ToolCallPieces } from './tool-call-pieces.js';

/** What a message says in words, and what it thinks or refuses where that stands among them. */
interface Said {
  text: string;
  thought: string;
  refusal: string;
}

const nothing: Said = { text: '', thought: '', refusal: '' };

/** How deep texts may be wrapped into parts. */
const deepest = 4;

/** Reads chat completions, whole or in chunks. */
export class ChatDecoder extends ChoiceDecoder {
  /** Null until the first: most answers have none. */
  private toolCalls: ToolCallPieces | null = null;
  private hasDeltas = false;
  private hasCalls = false;

  protected override piecesOf(choice: JsonObject): ModelEvent[] {
    const { delta, message } = choice;
    const piece = messageIn(delta);
    const said = piece ? this.saidOf(piece, choice) : [];
    if (said.length > 0) {
      this.hasDeltas = true;
      return said;
    }
    // Some servers repeat all of the message at a stream's end.
    return this.saidOf(this.hasDeltas ? null : messageIn(message), choice);
  }

  protected override addRest(events: ModelEvent[]): void {
    this.toolCalls?.end(events);
  }

  private get calls(): ToolCallPieces {
    this.toolCalls ??= new ToolCallPieces();
    return this.toolCalls;
  }

  private saidOf(message: JsonObject | null, choice: JsonObject): ModelEvent[] {
    const said = message === null ? nothing : saidIn(message['content'], 0);
    // Servers that serve both APIs by one code have the text here.
    const text = said.text || textIn(choice['text']);
    const events: ModelEvent[] = [];
    if (message) this.addThoughts(message, said.thought, events);
    if (text !== '') events.push({ type: 'text', text, logprobs: logprobsIn(choice) });
    if (message) this.addOthers(message, said.refusal, events);
    return events;
  }

  /** The same thoughts may stand under both names. */
  private addThoughts(message: JsonObject, among: string, events: ModelEvent[]): void {
    const { reasoning_content: content, reasoning, reasoning_details: given } = message;
    if (among === '' && content === undefined && reasoning === undefined && given === undefined) {
      return;
    }
    const text = among || wordsIn(content) || wordsIn(reasoning);
    const details = objectsIn(given);
    if (text !== '' || details.length > 0) events.push({ type: 'reasoning', text, details });
  }

  private addOthers(message: JsonObject, among: string, events: ModelEvent[]): void {
    const { refusal, annotations, tool_calls: calls, function_call: call } = message;
    const refused = among || wordsIn(refusal);
    if (refused !== '') events.push({ type: 'refusal', text: refused });
    const notes = objectsIn(annotations);
    if (notes.length > 0) events.push({ type: 'annotations', annotations: notes });
    const pieces = isJsonObject(calls) ? [calls] : objectsIn(calls);
    if (pieces.length > 0) this.hasCalls = true;
    for (const [place, piece] of pieces.entries()) this.calls.add(piece, place, events);
    // What the API had before it had tools; some servers say the same in both ways.
    if (!this.hasCalls && isJsonObject(call)) {
      this.calls.add({ index: 0, function: call }, 0, events);
    }
  }
}

/** The objects of a list, which most messages have none of. */
function objectsIn(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : none;
}

const none: readonly JsonObject[] = [];

/** A message; one that is no object is what it says. */
function messageIn(value: unknown): JsonObject | null {
  if (isJsonObject(value)) return value;
  return value === undefined || value === null ? null : { content: value };
}

/** A text, or parts of which some are thoughts or refusals. */
function saidIn(content: unknown, depth: number): Said {
  if (typeof content === 'string') return { text: content, thought: '', refusal: '' };
  if (Array.isArray(content) && depth < deepest) {
    const parts = content.map((part: unknown) => saidIn(part, depth + 1));
    return {
      text: parts.map(({ text }) => text).join(''),
      thought: parts.map(({ thought }) => thought).join(''),
      refusal: parts.map(({ refusal }) => refusal).join(''),
    };
  }
  if (!isJsonObject(content)) return { ...nothing, text: textIn(content) };
  switch (content['type']) {
    case 'thinking':
    case 'reasoning':
      return { ...nothing, thought: wordsIn(content) };
    case 'refusal':
      return { ...nothing, refusal: wordsIn(content) };
  }
  const inner = content['text'] ?? content['content'] ?? content['value'];
  if (inner !== undefined) return depth < deepest ? saidIn(inner, depth + 1) : nothing;
  // Who was asked for JSON may send what its text would say.
  const isValue = depth === 0 && content['type'] === undefined && Object.keys(content).length > 0;
  return isValue ? { ...nothing, text: JSON.stringify(content) } : nothing;
}

/** Words, whatever they are wrapped into. */
function wordsIn(value: unknown, depth = 0): string {
  if (Array.isArray(value) && depth < deepest) {
    return value.map((part: unknown) => wordsIn(part, depth + 1)).join('');
  }
  if (!isJsonObject(value)) return textIn(value);
  const { thinking, refusal, text, content } = value;
  return depth < deepest ? wordsIn(thinking ?? refusal ?? text ?? content, depth + 1) : '';
}
