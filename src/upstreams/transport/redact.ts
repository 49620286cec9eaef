/** Credentials by their look: OpenAI's keys (whole or starred out) and bearer headers. */
const credentials = /\b(?:sk|rk|pk|sess)-[\w*.-]{4,}|\bBearer\s+[\w.~+/=*-]+/gi;

/** What stands in the place of a credential. */
export const redacted = '[redacted]';
const betweenWords = /([\s"'`,;:()<>]+)/;
const mask = /[*•…]{2}|\.{3}/;

/**
 * Text of the upstream without credentials: it may echo the key that it was sent.
 *
 * @param secret empty where the key is not known
 */
export function redact(text: string, secret: string): string {
  const clean = secret === '' ? text : text.replaceAll(secret, redacted);
  return clean.replace(credentials, redacted);
}

/**
 * The same for what an upstream says of a refusal, which may have the key in it masked, in part, or
 * written in another way: from 6 of its characters on, nothing of it is left.
 */
export function redactRefusal(text: string, secret: string): string {
  let clean = redact(text, secret);
  if (!isRandom(secret)) return clean;
  for (const form of formsOf(secret)) clean = withoutRuns(clean, form);
  return withoutMasked(clean, secret).replace(/(?:\[redacted\]){2,}/g, redacted);
}

/** Whether a key is more than a word: placeholders like `ollama` stand in sentences, too. */
export function isRandom(secret: string): boolean {
  return /\d/.test(secret) || (/[a-z]/.test(secret) && /[A-Z]/.test(secret));
}

/** How a secret may be written, and how long a part of that is no chance. */
interface Form {
  text: string;
  shortest: number;
}

function formsOf(secret: string): Form[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  // Within something longer, base64 depends on how many bytes stand before it.
  const base64 = [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const own = text.slice(before === 0 ? 0 : before + 1).replace(/.?=+$/, '');
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [
    ...[secret, encodeURIComponent(secret)].map((text) => ({ text, shortest: 6 })),
    ...base64.map((text) => ({ text, shortest: 8 })),
    ...[hex, hex.toUpperCase()].map((text) => ({ text, shortest: 12 })),
  ];
}

/** Without what is as long a part of a form as that is no chance. */
function withoutRuns(text: string, { text: form, shortest }: Form): string {
  const parts = new Set<string>();
  for (let start = 0; start + shortest <= form.length; start += 1) {
    parts.add(form.slice(start, start + shortest));
  }
  let clean = '';
  let shown = 0;
  for (let start = 0; start + shortest <= text.length; start += 1) {
    if (!parts.has(text.slice(start, start + shortest))) continue;
    let end = start + shortest;
    while (end < text.length && parts.has(text.slice(end - shortest + 1, end + 1))) end += 1;
    clean += text.slice(shown, start) + redacted;
    shown = end;
    start = end - 1;
  }
  return clean + text.slice(shown);
}

/** Without words that show how a secret begins or ends, and stars in between. */
function withoutMasked(text: string, secret: string): string {
  const words = text.split(betweenWords).map((word) => {
    if (!mask.test(word)) return word;
    const shown = word.split(/[^\w-]+/).filter((part) => part.length >= 3);
    return shown.some((part) => secret.startsWith(part) || secret.endsWith(part)) ? redacted : word;
  });
  return words.join('');
}
