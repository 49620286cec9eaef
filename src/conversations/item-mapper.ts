import type { Content, ItemBody } from '../models/item-body.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import type { StoredItem } from './items.repository.js';
import type { Item } from './item.entity.js';

/** An item's columns that say what it says. */
export type BodyColumns = Pick<Item, 'kind' | 'role' | 'content'>;

/** What an item says, as its row keeps it. */
export function toColumns(body: ItemBody): BodyColumns {
  switch (body.kind) {
    case 'message':
      return { kind: body.kind, role: body.role, content: JSON.stringify(body.content) };
    case 'function_call': {
      const { callId, name, arguments: text } = body;
      const content = JSON.stringify({ callId, name, arguments: text });
      return { kind: body.kind, role: 'assistant', content };
    }
    case 'function_call_output': {
      const { callId, output } = body;
      return { kind: body.kind, role: 'tool', content: JSON.stringify({ callId, output }) };
    }
    case 'reasoning': {
      const { summary, text, encrypted } = body;
      const content = JSON.stringify({ summary, text, encrypted });
      return { kind: body.kind, role: 'assistant', content };
    }
  }
}

/** The other way. */
export function toBody({ kind, role, content }: BodyColumns): ItemBody {
  return bodyOf({ kind, role, said: JSON.parse(content) });
}

/** The same of an item whose content is parsed already. */
export function bodyOf({ kind, role, said }: Pick<StoredItem, 'kind' | 'role' | 'said'>): ItemBody {
  if (kind === 'message' && role !== 'tool') {
    return { kind, role, content: unsafeCast<Content>(said) };
  }
  return unsafeCast<ItemBody>({ kind, ...unsafeCast<object>(said) });
}
