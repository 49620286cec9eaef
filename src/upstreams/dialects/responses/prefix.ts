import { createHash, type Hash } from 'node:crypto';
import { listOf } from '../../../platform/json/fields.js';
import { isCompaction, type ContentPart, type Item } from '../../../models/item.js';

const digestLength = 16;

/**
 * A running digest of all that a model is told, in order. What it thought is of use to it only behind
 * what it thought that behind: the same model with the same tools, formats and items. An item's ids
 * and status are no part of it; a compaction stands for all before it.
 */
export class Prefix {
  private hash: Hash;

  /** @param settings what everything that is told begins with */
  constructor(private readonly settings: string) {
    this.hash = begun(settings);
  }

  add(item: Item): void {
    if (isCompaction(item)) this.hash = begun(this.settings);
    this.hash.update(canonical(item)).update('\n');
  }

  /** Of everything so far. */
  digest(): string {
    return this.hash.copy().digest('base64url').slice(0, digestLength);
  }
}

function begun(settings: string): Hash {
  return createHash('sha256').update(settings).update('\n');
}

/** The same for items that say the same, however they are kept. */
function canonical(item: Item): string {
  if (item.type === 'message') {
    const { role, content, phase } = item;
    const parts = typeof content === 'string' ? [content] : content.map(canonicalPart);
    return JSON.stringify([role, phase ?? null, parts]);
  }
  return JSON.stringify(item, (name, value: unknown) => (aside.has(name) ? undefined : value));
}

const aside = new Set(['id', 'status', 'origin']);

function canonicalPart(part: ContentPart): unknown {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      return listOf(part.annotations).length === 0 ? part.text : [part.text, part.annotations];
    default:
      return part;
  }
}
