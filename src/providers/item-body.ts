/** Who a message is from; system and developer ones tell the model what to be. */
export type MessageRole = 'user' | 'assistant' | 'system' | 'developer';

/** A part of a message that is more than one text. */
export type Part =
  | { type: 'text'; text: string }
  /** An address, or the image itself as a data URL. */
  | { type: 'image'; url: string; detail: 'low' | 'high' | 'auto' }
  /** The model's own, in place of an answer. */
  | { type: 'refusal'; text: string };

/** One text, or several parts in order. */
export type Content = string | readonly Part[];

/** What was said or done in a conversation, whoever did it. */
export type ItemBody =
  | { kind: 'message'; role: MessageRole; content: Content }
  /** The model calls a function of the caller; `arguments` is JSON text of the model's making. */
  | { kind: 'function_call'; callId: string; name: string; arguments: string }
  | { kind: 'function_call_output'; callId: string; output: Content }
  /** Kept for callers that hand it back; models behind chat completions are never told of it. */
  | {
      kind: 'reasoning';
      summary: readonly string[];
      text: readonly string[];
      encrypted: string | null;
    };

/** The words of a content, images apart. */
export function wordsOf(content: Content): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'image' ? '' : part.text)).join('');
}

/**
 * Bytes of an item in UTF-8.
 *
 * @param imageBytes what an image counts as; null is all of its address or data
 */
export function bytesOf(body: ItemBody, imageBytes: number | null = null): number {
  switch (body.kind) {
    case 'message':
      return contentBytes(body.content, imageBytes);
    case 'function_call':
      return Buffer.byteLength(body.name) + Buffer.byteLength(body.arguments);
    case 'function_call_output':
      return contentBytes(body.output, imageBytes);
    case 'reasoning':
      return [...body.summary, ...body.text, body.encrypted ?? ''].reduce(
        (sum, text) => sum + Buffer.byteLength(text),
        0,
      );
  }
}

function contentBytes(content: Content, imageBytes: number | null): number {
  if (typeof content === 'string') return Buffer.byteLength(content);
  return content.reduce((sum, part) => {
    if (part.type !== 'image') return sum + Buffer.byteLength(part.text);
    return sum + (imageBytes ?? Buffer.byteLength(part.url));
  }, 0);
}
