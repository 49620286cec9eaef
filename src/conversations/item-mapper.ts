import { isToolOutput, type Item as ModelItem } from '../models/item.js';
import { itemOfBefore } from '../platform/database/migrations/1795800000000-items-in-responses-form.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import type { StoredItem } from './items.repository.js';
import type { Item } from './item.entity.js';

/** An item's columns that say what it says. */
export type ContentColumns = Pick<Item, 'kind' | 'role' | 'content'>;

/** What an item says, as its row keeps it: of a message that is one text, that text. */
export function toColumns(item: ModelItem): ContentColumns {
  const said = isOneText(item) ? item.content : item;
  return { kind: item.type, role: roleOf(item), content: JSON.stringify(said) };
}

/** The other way. */
export function toItem({ kind, role, content }: ContentColumns): ModelItem {
  return itemOf({ kind, role, said: JSON.parse(content) });
}

/**
 * The same of an item whose content is parsed already. It may have been written by a process of the
 * version before, which ran beside this one, in the form of then.
 */
export function itemOf({
  kind,
  role,
  said,
}: Pick<StoredItem, 'kind' | 'role' | 'said'>): ModelItem {
  const item = itemOfBefore(kind, role, said);
  return unsafeCast<ModelItem>(
    typeof item === 'string' ? { type: 'message', role, content: item } : item,
  );
}

const membersOfText = new Set(['type', 'role', 'content']);

function isOneText(item: ModelItem): item is ModelItem & { type: 'message' } {
  if (item.type !== 'message' || typeof item.content !== 'string') return false;
  for (const name in item) if (!membersOfText.has(name)) return false;
  return true;
}

function roleOf(item: ModelItem): Item['role'] {
  if (item.type === 'message') return item.role;
  return isToolOutput(item) ? 'tool' : 'assistant';
}
