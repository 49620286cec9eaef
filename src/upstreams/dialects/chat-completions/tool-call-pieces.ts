import type { ModelEvent } from '../../../models/model-event.js';
import { longestName } from '../../../models/item.js';
import { isJsonObject, type JsonObject } from '../../../platform/json/fields.js';
import { textIn } from './choice-decoder.js';

/** A tool call that is being told. */
interface OpenCall {
  kind: 'function' | 'custom';
  /** Its number, once it is told. */
  call: number | null;
  id: string;
  name: string;
  /** What it is called with so far. */
  arguments: string;
  /** What of that is not told yet. */
  held: string;
  extra: JsonObject | null;
}

/** How some servers begin the arguments of every call, whatever follows. */
const noArguments = '{}';

/**
 * Puts the pieces of tool calls to the calls that they belong to. By the API they say so by `index`,
 * and a call's first piece alone has an id. Servers also send every call with index 0, or without
 * one, or repeat id and name with each piece: an id that is not the open call's begins another one,
 * and so does a name behind arguments that are complete. A call waits for a name that comes late, as
 * long as nothing else comes.
 */
export class ToolCallPieces {
  private readonly byIndex = new Map<unknown, OpenCall>();
  private readonly byId = new Map<string, OpenCall>();
  private readonly opened: OpenCall[] = [];
  private count = 0;

  /** @param place where it stands among the pieces of its chunk, the index of those without one */
  add(piece: JsonObject, place: number, events: ModelEvent[]): void {
    const isCustom = piece['type'] === 'custom' || isJsonObject(piece['custom']);
    const tool = isCustom ? piece['custom'] : piece['function'];
    const { name, arguments: given, input } = isJsonObject(tool) ? tool : piece;
    const text = argumentsIn(isCustom ? input : given);
    const begun = { id: idIn(piece['id']), name: textIn(name), kind: kindOf(isCustom) };
    const index = piece['index'];
    let open = this.find(index, place, begun, text);
    if (!open) {
      // What says nothing stands in the place of no call.
      if (begun.id === '' && begun.name === '' && text === '') return;
      open = this.begin(index ?? place, begun, events);
    }
    open.name ||= begun.name;
    if (text !== '' && !isRepeated(text, open)) {
      if (isPlaceholder(open) && text.startsWith('{')) {
        open.arguments = '';
        open.held = '';
      }
      open.arguments += text;
      open.held += text;
    }
    const extra = piece['extra_content'];
    if (isJsonObject(extra)) open.extra = extra;
    const said = isPlaceholder(open) ? '' : open.held;
    if (open.name !== '' || said !== '') this.tell(open, said, events);
  }

  /** Tells what waited for more. */
  end(events: ModelEvent[]): void {
    for (const open of this.opened) this.tell(open, open.held, events);
  }

  private tell(open: OpenCall, text: string, events: ModelEvent[]): void {
    if (open.call === null) {
      const { kind, id, name } = open;
      open.call = this.count;
      this.count += 1;
      events.push({ type: 'call', call: open.call, kind, id, name });
    }
    if (text !== '') {
      open.held = '';
      events.push({ type: 'arguments', call: open.call, text });
    }
    if (open.extra) events.push({ type: 'extra', call: open.call, extra: open.extra });
    open.extra = null;
  }

  /** The call that a piece goes on with; null where it begins one. */
  private find(
    index: unknown,
    place: number,
    { id, name }: { id: string; name: string },
    text: string,
  ): OpenCall | null {
    const isNumbered = index !== undefined && index !== null;
    // What has neither name nor id begins nothing.
    const goesOn = !isNumbered || (id === '' && name === '' && text !== '');
    const open =
      this.byIndex.get(isNumbered ? index : place) ?? (goesOn ? this.opened.at(-1) : undefined);
    if (!open) return isNumbered ? null : (this.byId.get(id) ?? null);
    if (id !== '' && open.id !== id) {
      const known = this.byId.get(id);
      if (known || open.id !== '') return known ?? null;
      // Its first piece had none.
      open.id = id;
      this.byId.set(id, open);
      return open;
    }
    const isAnother = name !== '' && text !== '' && isComplete(open.arguments);
    const isSame = id !== '' && (isPlaceholder(open) || isRepeated(text, open));
    return isAnother && !isSame ? null : open;
  }

  private begin(
    index: unknown,
    { id, kind }: { id: string; kind: 'function' | 'custom' },
    events: ModelEvent[],
  ): OpenCall {
    const last = this.opened.at(-1);
    if (last?.call === null) this.tell(last, last.held, events);
    const open = { kind, call: null, id, name: '', arguments: '', held: '', extra: null };
    this.byIndex.set(index, open);
    if (id !== '') this.byId.set(id, open);
    this.opened.push(open);
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

/** Whether arguments that are all of them came before. */
function isRepeated(text: string, open: OpenCall): boolean {
  return open.kind === 'function' && open.arguments === text && isComplete(text);
}

/** Whether its arguments may be none, or still to come. */
function isPlaceholder({ kind, arguments: text, held }: OpenCall): boolean {
  return kind === 'function' && text === noArguments && held === noArguments;
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
