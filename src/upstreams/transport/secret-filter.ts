import { isRandom, redacted } from './redact.js';

/** From so many characters on, what may be the beginning of a secret is held back. */
const fewestHeld = 3;

/**
 * Whether good answers are searched for a key. Those that a local server asks for are words, like
 * `ollama`, that its models may say.
 */
export function isSearchedFor(secret: string): boolean {
  return secret.length >= 20 || (secret.length >= 8 && isRandom(secret));
}

/** How many characters at a text's end may be the beginning of a secret, and not all of it. */
export function overlap(text: string, secret: string): number {
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
export function spelled(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

export function withoutSpelled(json: string, secret: string): string {
  if (json.includes(secret)) return json.replaceAll(secret, redacted);
  if (!json.includes('\\') || !/\\(?:u00[2-7]|\/)/i.test(json)) return json;
  const plain = json.replace(/\\(?:u00([2-7][\da-f])|[^])/gi, (escape, code?: string) => {
    if (code !== undefined) return spelled(String.fromCharCode(Number.parseInt(code, 16)));
    return escape === '\\/' ? '/' : escape;
  });
  return plain.includes(secret) ? plain.replaceAll(secret, redacted) : json;
}
