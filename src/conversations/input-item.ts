import { InvalidFieldError } from '../platform/errors/http.errors.js';
import type { Item } from '../models/item.js';

/** An item that a caller gives: in full, or by the id of one that it builds on. */
export type InputItem = { item: Item } | { reference: string; path: string };

/**
 * What a caller's items say.
 *
 * @param known the items that can be referred to, by their ids
 * @throws InvalidFieldError for a reference to anything else
 */
export function resolveItems(
  items: readonly InputItem[],
  known: ReadonlyMap<string, Item>,
): Item[] {
  return items.map((given) => {
    if ('item' in given) return given.item;
    const item = known.get(given.reference);
    if (item) return item;
    const id = given.reference.slice(0, 64);
    throw new InvalidFieldError(given.path, 'invalid_value', `Item with id '${id}' not found.`);
  });
}
