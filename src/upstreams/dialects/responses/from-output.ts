import { isStatusApart, type Item } from '../../../models/item.js';
import { isJsonObject, listOf, type JsonObject } from '../../../platform/json/fields.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';

/**
 * An item of an output as it is kept: under an id of its own, and a message that is one plain text as
 * that text.
 */
export function fromOutput({ id, ...whole }: JsonObject): Item {
  const { status, ...said } = whole;
  const { type, content } = said;
  if (!isStatusApart(type)) return unsafeCast<Item>(whole);
  if (type !== 'message') return unsafeCast<Item>(said);
  const [part, ...rest] = listOf(content);
  if (rest.length > 0 || !isJsonObject(part) || part['type'] !== 'output_text') {
    return unsafeCast<Item>(said);
  }
  const { text, annotations, logprobs } = part;
  const isPlain = listOf(annotations).length + listOf(logprobs).length === 0;
  return unsafeCast<Item>(isPlain ? { ...said, content: text } : said);
}
