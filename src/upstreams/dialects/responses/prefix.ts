import { createHash, type Hash } from 'node:crypto';
import { listOf, type JsonObject } from '../../../platform/json/fields.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';
import { type ContentPart, isCompaction, type Item } from '../../../models/item.js';

const digestLength = 16;

/**
 * A running digest of all that a model is told, in order. What it thought is of use to it only behind
 * what it thought that behind: the same model with the same tools, formats and items. An item's ids
 * and status are no part of it; a compaction stands for all before it.
 */
export class Prefix {
  private hash: Hash | null = null;
  /** What is not in the hash yet: most conversations are never asked for their digest. */
  private added: Item[] = [];

  /** @param settings makes what everything that is told begins with */
  constructor(private readonly settings: () => string) {}

  add(item: Item): void {
    if (isCompaction(item)) {
      this.hash = null;
      this.added = [];
    }
    this.added.push(item);
  }

  /** Of everything so far. */
  digest(): string {
    this.hash ??= createHash('sha256').update(this.settings()).update('\n');
    for (const item of this.added) this.hash.update(canonical(item)).update('\n');
    this.added = [];
    return this.hash.copy().digest('base64url').slice(0, digestLength);
  }
}

/** The same for items that say the same, however they are kept. */
function canonical(item: Item): string {
  if (item.type === 'message') {
    const { role, content, phase } = item;
    const parts = typeof content === 'string' ? [content] : content.map(canonicalPart);
    return JSON.stringify([role, phase ?? null, parts]);
  }
  const { id, status, origin, ...said } = unsafeCast<JsonObject>(item);
  return JSON.stringify(said);
}

function canonicalPart(part: ContentPart): unknown {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      return listOf(part.annotations).length === 0 ? part.text : [part.text, part.annotations];
    default:
      return part;
  }
}
