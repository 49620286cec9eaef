import type { ModelEvent } from '../../../models/model-event.js';
import { longestName } from '../../../models/item.js';
import { isJsonObject, type JsonObject } from '../../../platform/json/fields.js';
import { textIn } from './choice-decoder.js';

/** A tool call that is being told. */
interface OpenCall {
  call: number;
  id: string;
  /** What it is called with so far. */
  arguments: string;
}

/**
 * Puts the pieces of tool calls to the calls that they belong to. By the API they say so by `index`,
 * and a call's first piece alone has an id. Servers also send every call with index 0, or without
 * one, or repeat id and name with each piece: an id that is not the open call's begins another one,
 * and so does a name behind arguments that are complete.
 */
export class ToolCallPieces {
  private readonly byIndex = new Map<unknown, OpenCall>();
  private readonly byId = new Map<string, OpenCall>();
  private last: OpenCall | null = null;
  private count = 0;

  /** @param place where it stands among the pieces of its chunk, the index of those without one */
  add(piece: JsonObject, place: number, events: ModelEvent[]): void {
    const isCustom = piece['type'] === 'custom' || isJsonObject(piece['custom']);
    const tool = isCustom ? piece['custom'] : piece['function'];
    const { name, arguments: given, input } = isJsonObject(tool) ? tool : piece;
    const text = argumentsIn(isCustom ? input : given);
    const begun = { id: idIn(piece['id']), name: textIn(name), kind: kindOf(isCustom) };
    const index = piece['index'];
    const open = this.find(index, place, begun, text) ?? this.begin(index ?? place, begun, events);
    if (text !== '' && !isRepeated(text, given, open)) {
      open.arguments += text;
      events.push({ type: 'arguments', call: open.call, text });
    }
    const extra = piece['extra_content'];
    if (isJsonObject(extra)) events.push({ type: 'extra', call: open.call, extra });
  }

  /** The call that a piece goes on with; null where it begins one. */
  private find(
    index: unknown,
    place: number,
    { id, name }: { id: string; name: string },
    text: string,
  ): OpenCall | null {
    const isNumbered = index !== undefined && index !== null;
    const open = this.byIndex.get(isNumbered ? index : place) ?? (isNumbered ? null : this.last);
    if (!open) return isNumbered ? null : (this.byId.get(id) ?? null);
    if (id !== '' && open.id !== id) {
      const known = this.byId.get(id);
      if (known || open.id !== '') return known ?? null;
      // Its first piece had none.
      open.id = id;
      this.byId.set(id, open);
      return open;
    }
    const isAnother = id === '' && name !== '' && text !== '' && isComplete(open.arguments);
    return isAnother ? null : open;
  }

  private begin(
    index: unknown,
    { id, name, kind }: { id: string; name: string; kind: 'function' | 'custom' },
    events: ModelEvent[],
  ): OpenCall {
    const open = { call: this.count, id, arguments: '' };
    this.count += 1;
    this.byIndex.set(index, open);
    if (id !== '') this.byId.set(id, open);
    this.last = open;
    events.push({ type: 'call', call: open.call, kind, id, name });
    return open;
  }
}

function kindOf(isCustom: boolean): 'function' | 'custom' {
  return isCustom ? 'custom' : 'function';
}

/** An id that its caller could answer: one that is longer could not be sent back. */
function idIn(value: unknown): string {
  const id = textIn(value);
  return id.length > longestName ? '' : id;
}

/** Some servers send what the text would say. */
function argumentsIn(value: unknown): string {
  return Array.isArray(value) || isJsonObject(value) ? JSON.stringify(value) : textIn(value);
}

/** Whether arguments that came as a value, which is all of them, came before. */
function isRepeated(text: string, given: unknown, open: OpenCall): boolean {
  return typeof given === 'object' && open.arguments === text;
}

function isComplete(text: string): boolean {
  if (!text.endsWith('}')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
