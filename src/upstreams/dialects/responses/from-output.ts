import { isStatusApart, withPlainText, type Item } from '../../../models/item.js';
import type { JsonObject } from '../../../platform/json/fields.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';

/** An item of an output as it is kept: under an id of its own. */
export function fromOutput({ id, ...whole }: JsonObject): Item {
  const { status, ...said } = whole;
  return withPlainText(unsafeCast<Item>(isStatusApart(whole['type']) ? said : whole));
}
