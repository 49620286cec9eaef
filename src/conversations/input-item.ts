import { InvalidFieldError } from '../platform/errors/http.errors.js';
import type { ItemBody } from '../models/item-body.js';

/** An item that a caller gives: in full, or by the id of one that it builds on. */
export type InputItem = { body: ItemBody } | { reference: string; path: string };

/**
 * What a caller's items say.
 *
 * @param known the items that can be referred to, by their ids
 * @throws InvalidFieldError for a reference to anything else
 */
export function resolveItems(
  items: readonly InputItem[],
  known: ReadonlyMap<string, ItemBody>,
): ItemBody[] {
  return items.map((item) => {
    if ('body' in item) return item.body;
    const body = known.get(item.reference);
    if (body) return body;
    const id = item.reference.slice(0, 64);
    throw new InvalidFieldError(item.path, 'invalid_value', `Item with id '${id}' not found.`);
  });
}
