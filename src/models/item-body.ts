/** Of what names something: an item, a call, a function, a conversation, a model. */
export const longestName = 256;

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

/** About what an image is counted as, whatever its address or data are. */
const imageBytes = 2_048;

/** Bytes of an item in UTF-8, as a model is told it. */
export function bytesOf(body: ItemBody): number {
  switch (body.kind) {
    case 'message':
      return contentBytes(body.content);
    case 'function_call':
      return bytesOfTexts([body.callId, body.name, body.arguments]);
    case 'function_call_output':
      return Buffer.byteLength(body.callId) + contentBytes(body.output);
    case 'reasoning':
      return bytesOfTexts([...body.summary, ...body.text, body.encrypted ?? '']);
  }
}

function contentBytes(content: Content): number {
  if (typeof content === 'string') return Buffer.byteLength(content);
  return content.reduce(
    (sum, part) => sum + (part.type === 'image' ? imageBytes : Buffer.byteLength(part.text)),
    0,
  );
}

function bytesOfTexts(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
