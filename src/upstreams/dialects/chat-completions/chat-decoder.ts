import type { ModelEvent } from '../../../models/model-event.js';
import { isJsonObject, type JsonObject } from '../../../platform/json/fields.js';
import { ChoiceDecoder, logprobsIn, textIn } from './choice-decoder.js';
import { ToolCallPieces } from './tool-call-pieces.js';

/** What a message says in words, and what it thinks where that stands among them. */
interface Said {
  text: string;
  thought: string;
}

/** How deep texts may be wrapped into parts. */
const deepest = 4;

/** Reads chat completions, whole or in chunks. */
export class ChatDecoder extends ChoiceDecoder {
  private readonly calls = new ToolCallPieces();
  private hasDeltas = false;

  protected override piecesOf(choice: JsonObject): readonly ModelEvent[] {
    const message = this.messageIn(choice);
    const said = message === null ? null : saidIn(message['content'], 0);
    // Servers that serve both APIs by one code have the text here.
    const text = said?.text || textIn(choice['text']);
    const events: ModelEvent[] = [];
    if (message) this.addThoughts(message, said?.thought ?? '', events);
    if (text !== '') events.push({ type: 'text', text, logprobs: logprobsIn(choice) });
    if (message) this.addOthers(message, events);
    return events;
  }

  /** Some servers repeat all of the message at a stream's end. */
  private messageIn({ delta, message }: JsonObject): JsonObject | null {
    if (isJsonObject(delta)) {
      this.hasDeltas = true;
      return delta;
    }
    return isJsonObject(message) && !this.hasDeltas ? message : null;
  }

  /** The same thoughts may stand under both names. */
  private addThoughts(message: JsonObject, among: string, events: ModelEvent[]): void {
    const { reasoning_content: content, reasoning, reasoning_details: given } = message;
    if (among === '' && content === undefined && reasoning === undefined && given === undefined) {
      return;
    }
    const text = among || thoughtIn(content) || thoughtIn(reasoning);
    const details = objectsIn(given);
    if (text !== '' || details.length > 0) events.push({ type: 'reasoning', text, details });
  }

  private addOthers(message: JsonObject, events: ModelEvent[]): void {
    const { refusal, annotations, tool_calls: calls, function_call: call } = message;
    const refused = textIn(refusal);
    if (refused !== '') events.push({ type: 'refusal', text: refused });
    const notes = objectsIn(annotations);
    if (notes.length > 0) events.push({ type: 'annotations', annotations: notes });
    if (isJsonObject(calls)) this.calls.add(calls, 0, events);
    else if (Array.isArray(calls)) {
      for (const [place, piece] of calls.entries()) {
        if (isJsonObject(piece)) this.calls.add(piece, place, events);
      }
    }
    // What the API had before it had tools.
    if (isJsonObject(call)) this.calls.add({ index: 0, function: call }, 0, events);
  }
}

/** The objects of a list, which most messages have none of. */
function objectsIn(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : none;
}

const none: readonly JsonObject[] = [];

/** A text, or parts of which some are thoughts. */
function saidIn(content: unknown, depth: number): Said {
  if (typeof content === 'string') return { text: content, thought: '' };
  if (Array.isArray(content) && depth < deepest) {
    const parts = content.map((part: unknown) => saidIn(part, depth + 1));
    return {
      text: parts.map(({ text }) => text).join(''),
      thought: parts.map(({ thought }) => thought).join(''),
    };
  }
  if (!isJsonObject(content)) return { text: textIn(content), thought: '' };
  if (content['type'] === 'thinking' || content['type'] === 'reasoning') {
    return { text: '', thought: thoughtIn(content['thinking'] ?? content['text']) };
  }
  const { text, content: inner } = content;
  return depth < deepest ? saidIn(text ?? inner ?? '', depth + 1) : { text: '', thought: '' };
}

/** Thoughts in words, whatever they are wrapped into. */
function thoughtIn(value: unknown, depth = 0): string {
  if (Array.isArray(value) && depth < deepest) {
    return value.map((part: unknown) => thoughtIn(part, depth + 1)).join('');
  }
  if (!isJsonObject(value)) return textIn(value);
  const inner = value['text'] ?? value['content'] ?? value['thinking'];
  return depth < deepest ? thoughtIn(inner, depth + 1) : '';
}
