/** What a call asks, as far as the default answer and the usage figures need it. */
export interface Question {
  readonly text: string;
  readonly promptLength: number;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws SyntaxError unless it is a JSON object; an empty body is an empty object. */
export function parseBody(chunks: readonly Buffer[]): Record<string, unknown> {
  if (chunks.length === 0) return {};
  const [first] = chunks;
  const bytes = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
  const body: unknown = JSON.parse(bytes.toString('utf8'));
  if (!isRecord(body)) throw new SyntaxError('The body must be a JSON object.');
  return body;
}

/** The last user message of a chat completions body. */
export function chatQuestion(body: Record<string, unknown>): Question {
  const messages: unknown[] = Array.isArray(body.messages) ? body.messages : [];
  let text = '';
  let promptLength = 0;
  for (const message of messages) {
    if (!isRecord(message)) continue;
    const content = contentText(message.content);
    promptLength += content.length;
    if (message.role === 'user') text = content;
  }
  return { text, promptLength };
}

/** The prompt of a completions body; a transcript stays whole, of anything else the last line. */
export function completionQuestion(body: Record<string, unknown>): Question {
  const prompt = contentText(body.prompt);
  const isWhole = endsWithSpeaker(prompt) || asksForSummary(prompt);
  const text = isWhole ? prompt : (prompt.trimEnd().split('\n').at(-1) ?? '');
  return { text, promptLength: prompt.length };
}

/** Whether a text ends like a transcript that waits for someone's words: `\nName: `. */
export function endsWithSpeaker(text: string): boolean {
  const lineStart = text.lastIndexOf('\n') + 1;
  return lineStart > 0 && /^[^:\n]{1,64}: $/.test(text.slice(lineStart));
}

/** Whether a text ends in `Tl;dr`; only its last characters are looked at, for it may be long. */
export function asksForSummary(text: string): boolean {
  return /tl;dr:?\s*$/i.test(text.slice(-16));
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const parts: unknown[] = content;
  return parts
    .map((part) => (isRecord(part) ? contentText(part.text) : contentText(part)))
    .join('');
}
