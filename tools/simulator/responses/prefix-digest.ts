import { createHash } from 'node:crypto';
import { isRecord } from '../request-body.js';
import { contentOf } from './items.js';
import type { Item } from './items.js';

/**
 * Digest of what the model saw before an item: the settings that stand before everything, and every
 * earlier item, ids left out. It counts from the newest compaction item on, if there is one.
 */
export class PrefixDigest {
  private state: string;

  constructor(private readonly settings: string) {
    this.state = settings;
  }

  add(item: Item): void {
    const before = item.type === 'compaction' ? this.settings : this.state;
    this.state = digestOf([before, seenPartOf(item)]);
  }

  value(): string {
    return this.state;
  }
}

/**
 * Digest of the settings that a model sees before the first item.
 * @param hasTrailingInstructions they come after the input, so that nothing depends on them.
 */
export function settingsDigest(
  body: Record<string, unknown>,
  hasTrailingInstructions: boolean,
): string {
  const { tools, text, reasoning, instructions } = body;
  return digestOf([
    Array.isArray(tools) && tools.length === 0 ? null : (tools ?? null),
    isRecord(text) ? (text.format ?? null) : null,
    isRecord(reasoning) ? (reasoning.effort ?? null) : null,
    hasTrailingInstructions ? null : (instructions ?? null),
  ]);
}

/** An item without what is only about it: its id, its state, who made it, where its words come from. */
function seenPartOf(item: Item): unknown {
  const { id, status, created_by: createdBy, ...seen } = item;
  switch (item.type) {
    case 'message':
      return ['message', item.role, item.phase ?? null, contentOf(item)];
    case 'reasoning':
    case 'compaction':
      return [item.type, item.encrypted_content ?? null];
    default:
      return seen;
  }
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('base64url').slice(0, 22);
}

/** JSON whose fields are in one order, without those that say nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (!isRecord(inner)) return inner;
    const fields = Object.entries(inner).filter(([, field]) => field !== null);
    return Object.fromEntries(fields.sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
