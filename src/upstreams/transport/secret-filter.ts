import { unsafeCast } from '../../platform/unsafe-cast.js';
import { isJsonObject, listOf } from '../../platform/json/fields.js';
import type { RawAnswer } from '../dialects/dialect.js';
import { isRandom, redacted } from './redact.js';

/** From so many characters on, what may be the beginning of a secret is held back. */
const fewestHeld = 3;
/** Texts of one answer that may begin a secret at one time; more are nobody's. */
const mostOpen = 64;

/**
 * Whether good answers are searched for a key. Those that a local server asks for are words, like
 * `ollama`, that its models may say.
 */
function isSearchedFor(secret: string): boolean {
  return secret.length >= 20 || (secret.length >= 8 && isRandom(secret));
}

/** How many characters at a text's end may be the beginning of a secret, and not all of it. */
function overlap(text: string, secret: string): number {
  const begin = secret.charAt(0);
  const from = Math.max(0, text.length - secret.length + 1);
  for (let start = text.indexOf(begin, from); start >= 0; start = text.indexOf(begin, start + 1)) {
    if (secret.startsWith(text.slice(start))) return text.length - start;
  }
  return 0;
}

/** Keeps a secret out of a text that comes in pieces, wherever it is cut. */
export class PieceFilter {
  /** What may be the beginning of the secret: shown already, as it was too short, or held back. */
  private shown = '';
  private held = '';
  private readonly isUsed: boolean;

  constructor(private readonly secret: string) {
    this.isUsed = isSearchedFor(secret);
  }

  get isIdle(): boolean {
    return this.shown === '' && this.held === '';
  }

  /** @returns what of the text can be shown now */
  push(piece: string): string {
    const { secret, shown, held } = this;
    if (!this.isUsed) return piece;
    if (this.isIdle && !piece.includes(secret.charAt(0))) return piece;
    const text = shown + held + piece;
    let done = shown.length;
    let from = 0;
    let out = '';
    for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, from)) {
      out += text.slice(done, Math.max(done, at)) + redacted;
      from = at + secret.length;
      done = from;
    }
    const open = text.length - overlap(text.slice(from), secret);
    const end = text.length - open >= fewestHeld ? Math.max(done, open) : text.length;
    this.held = text.slice(end);
    this.shown = text.slice(open, end);
    return out + text.slice(done, end);
  }

  /** The text is over. @returns what was held back */
  end(): string {
    const { held } = this;
    this.held = '';
    this.shown = '';
    return held;
  }
}

/** A JSON text without a secret, however that is spelled in it. */
export function withoutSecret(json: string, secret: string): string {
  return isSearchedFor(secret) ? withoutSpelled(json, spelled(secret)) : json;
}

/** A text as it stands in JSON, between the quotes. */
function spelled(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function withoutSpelled(json: string, secret: string): string {
  if (json.includes(secret)) return json.replaceAll(secret, redacted);
  if (!json.includes('\\') || !/\\(?:u00[2-7]|\/)/i.test(json)) return json;
  const plain = json.replace(/\\(?:u00([2-7][\da-f])|[^])/gi, (escape, code?: string) => {
    if (code !== undefined) return spelled(String.fromCharCode(Number.parseInt(code, 16)));
    return escape === '\\/' ? '/' : escape;
  });
  return plain.includes(secret) ? plain.replaceAll(secret, redacted) : json;
}

/**
 * Keeps a secret out of the events of a stream: where the text of a choice may begin with it, that
 * text comes with the next event of the choice, and with its last one at the latest.
 */
export class EventFilter {
  private readonly open = new Map<string, PieceFilter>();
  private readonly isUsed: boolean;
  private readonly spelled: string;

  constructor(private readonly secret: string) {
    this.isUsed = isSearchedFor(secret);
    this.spelled = spelled(secret);
  }

  clean(event: RawAnswer): RawAnswer {
    if (!this.isUsed) return event;
    const data = withoutSpelled(event.data, this.spelled);
    const value =
      data === event.data ? event.value : unsafeCast<RawAnswer['value']>(JSON.parse(data));
    let isChanged = false;
    const { choices } = value;
    for (const choice of Array.isArray(choices) ? choices : [choices]) {
      if (isJsonObject(choice) && this.cleanChoice(choice)) isChanged = true;
    }
    if (isChanged) return { data: JSON.stringify(value), value };
    return data === event.data ? event : { data, value };
  }

  private cleanChoice(choice: Choice): boolean {
    const index = Number(choice['index'] ?? 0);
    const { delta } = choice;
    let isChanged = this.cleanText(choice, 'text', index, 'text');
    if (isJsonObject(delta)) {
      for (const name of Object.keys(delta)) {
        const path = `delta ${name}`;
        if (this.cleanText(delta, name, index, path)) isChanged = true;
        if (this.cleanParts(delta[name], index, path)) isChanged = true;
      }
      for (const call of listOf(delta['tool_calls'])) {
        if (!isJsonObject(call)) continue;
        const called = call['function'] ?? call['custom'];
        const place = call['index'];
        const path = `call ${typeof place === 'number' ? place : 0}`;
        if (!isJsonObject(called)) continue;
        if (this.cleanText(called, 'arguments', index, path)) isChanged = true;
        if (this.cleanText(called, 'input', index, path)) isChanged = true;
      }
    }
    if (choice['finish_reason'] && this.open.size > 0) {
      return this.flush(choice, index) || isChanged;
    }
    return isChanged;
  }

  /** Texts that come as lists of parts. */
  private cleanParts(parts: unknown, index: number, path: string): boolean {
    let isChanged = false;
    for (const part of listOf(parts)) {
      if (!isJsonObject(part)) continue;
      if (this.cleanText(part, 'text', index, path)) isChanged = true;
      if (this.cleanParts(part['thinking'], index, path)) isChanged = true;
    }
    return isChanged;
  }

  private cleanText(owner: object, name: string, index: number, path: string): boolean {
    const text: unknown = Reflect.get(owner, name);
    if (typeof text !== 'string' || text === '') return false;
    if (this.open.size === 0 && overlap(text, this.secret) === 0) return false;
    const key = `${index} ${path}`;
    const filter = this.open.get(key) ?? new PieceFilter(this.secret);
    const clean = filter.push(text);
    if (filter.isIdle) this.open.delete(key);
    else if (this.open.size < mostOpen || this.open.has(key)) this.open.set(key, filter);
    if (clean === text) return false;
    Reflect.set(owner, name, clean);
    return true;
  }

  /** A choice is over: what is held back of it was no secret. */
  private flush(choice: Choice, index: number): boolean {
    let isChanged = false;
    for (const [key, filter] of this.open) {
      if (!key.startsWith(`${index} `)) continue;
      this.open.delete(key);
      const rest = filter.end();
      if (rest === '') continue;
      isChanged = true;
      append(choice, key.slice(`${index} `.length), rest);
    }
    return isChanged;
  }
}

/** A part of an answer, which is changed where a secret stands in it. */
type Choice = Record<string, unknown>;

function append(choice: Choice, path: string, rest: string): void {
  const [kind = '', name = ''] = path.split(' ');
  if (kind === 'text') {
    choice['text'] = `${stringOr(choice['text'])}${rest}`;
    return;
  }
  const delta: Choice = isJsonObject(choice['delta']) ? choice['delta'] : {};
  choice['delta'] = delta;
  if (kind === 'delta') {
    const before = delta[name];
    delta[name] = Array.isArray(before)
      ? [...unsafeCast<unknown[]>(before), { type: 'text', text: rest }]
      : `${stringOr(before)}${rest}`;
    return;
  }
  const calls = listOf(delta['tool_calls']);
  delta['tool_calls'] = [...calls, { index: Number(name), function: { arguments: rest } }];
}

function stringOr(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
