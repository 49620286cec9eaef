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
  /** By which it is known to be complete. */
  brackets: Brackets;
  /** What of the arguments is not told yet. */
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
  private last: OpenCall | null = null;
  /** Those that are not told, or not all of them. */
  private readonly waiting = new Set<OpenCall>();
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
      open.brackets.add(text);
      open.held += text;
      this.waiting.add(open);
    }
    const extra = piece['extra_content'];
    if (isJsonObject(extra)) open.extra = extra;
    const said = isPlaceholder(open) ? '' : open.held;
    if (open.name !== '' || said !== '') this.tell(open, said, events);
  }

  /** Tells what waited for more. */
  end(events: ModelEvent[]): void {
    for (const open of this.waiting) this.tell(open, open.held, events);
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
    if (open.held === '') this.waiting.delete(open);
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
    const open = this.byIndex.get(isNumbered ? index : place) ?? (goesOn ? this.last : null);
    if (!open) return isNumbered ? null : (this.byId.get(id) ?? null);
    if (id !== '' && open.id !== id) {
      const known = this.byId.get(id);
      if (known || open.id !== '') return known ?? null;
      // Its first piece had none.
      open.id = id;
      this.byId.set(id, open);
      return open;
    }
    const isAnother = name !== '' && text.trimStart().startsWith('{') && open.brackets.areClosed;
    return isAnother && !(id !== '' && isOfSame(text, open)) ? null : open;
  }

  private begin(
    index: unknown,
    { id, kind }: { id: string; kind: 'function' | 'custom' },
    events: ModelEvent[],
  ): OpenCall {
    const { last } = this;
    if (last?.call === null) this.tell(last, last.held, events);
    const open: OpenCall = {
      kind,
      call: null,
      id,
      name: '',
      arguments: '',
      brackets: new Brackets(),
      held: '',
      extra: null,
    };
    this.byIndex.set(index, open);
    if (id !== '') this.byId.set(id, open);
    this.last = open;
    this.waiting.add(open);
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
  return open.kind === 'function' && open.brackets.areClosed && open.arguments === text;
}

/** Whether its arguments may be none, or still to come. */
function isPlaceholder({ kind, arguments: text, held }: OpenCall): boolean {
  return kind === 'function' && text === noArguments && held === noArguments;
}

/** Whether what comes with the id of a call whose arguments look complete is of that call. */
function isOfSame(text: string, open: OpenCall): boolean {
  return open.kind === 'custom' || isPlaceholder(open) || isRepeated(text, open);
}

/**
 * Follows the brackets of a JSON object that comes in pieces, to know when it is complete: parsing all
 * of it with each piece would take longer every time.
 */
class Brackets {
  private depth = 0;
  private isInText = false;
  private isEscaped = false;
  private hasClosed = false;

  get areClosed(): boolean {
    return this.hasClosed && this.depth === 0;
  }

  add(text: string): void {
    for (let at = 0; at < text.length; at += 1) this.follow(text.charCodeAt(at));
  }

  private follow(code: number): void {
    if (this.isEscaped) this.isEscaped = false;
    else if (this.isInText) {
      if (code === backslash) this.isEscaped = true;
      else if (code === quote) this.isInText = false;
    } else if (code === quote) this.isInText = true;
    else if (code === openBrace || code === openBracket) this.depth += 1;
    else if (code === closeBrace || code === closeBracket) {
      this.depth -= 1;
      this.hasClosed = true;
    }
  }
}

const [quote, backslash] = [0x22, 0x5c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
