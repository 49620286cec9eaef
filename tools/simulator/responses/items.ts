import { isRecord } from '../request-body.js';

/** An item of a response, or of the input that hands it back: of any type, known or not. */
export interface Item {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The items of a request's `input`: a text is a user message, and what has only a role is one too. */
export function itemsOf(input: unknown): Item[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  if (!Array.isArray(input)) return [];
  return input.filter(isRecord).map((item) => {
    return { ...item, type: typeof item.type === 'string' ? item.type : 'message' };
  });
}

export function textField(item: Item, field: string): string | null {
  const value = item[field];
  return typeof value === 'string' ? value : null;
}

/** Whether the model said it, in whatever form; all other messages are the caller's. */
export function isAssistantMessage(item: Item): boolean {
  return item.type === 'message' && item.role === 'assistant';
}

/** The texts and refusals of a message, each a string; other parts as they are. */
export function contentOf(item: Item): unknown[] {
  if (typeof item.content === 'string') return [item.content];
  if (!Array.isArray(item.content)) return [];
  return item.content.map((part: unknown) => {
    if (!isRecord(part)) return part;
    return part.text ?? part.refusal ?? part;
  });
}

/** What was said in items, without anything around it: what tokens are counted by. */
export function spokenTextOf(item: Item): string {
  switch (item.type) {
    case 'message':
      return contentOf(item)
        .filter((part) => typeof part === 'string')
        .join('');
    case 'function_call':
      return textField(item, 'arguments') ?? '';
    case 'custom_tool_call':
      return textField(item, 'input') ?? '';
    case 'function_call_output':
    case 'custom_tool_call_output':
      return textField(item, 'output') ?? '';
    case 'reasoning':
      return [item.summary, item.content].flatMap(textsOfParts).join('');
    default:
      return '';
  }
}

function textsOfParts(parts: unknown): unknown[] {
  if (!Array.isArray(parts)) return [];
  return parts.filter(isRecord).map(({ text }) => text);
}
