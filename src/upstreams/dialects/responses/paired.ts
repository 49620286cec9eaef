import type { Item } from '../../../models/item.js';

/**
 * Items with every call answered before its user speaks again, as services want it: outputs that came
 * later move up, and a call or an output without its counterpart is left out, as the conversation went
 * on without it.
 */
export function paired(items: readonly Item[]): readonly Item[] {
  if (items.every(({ type }) => type === 'message')) return items;
  const outputs = outputsOf(items);
  const answers = new Set(outputs.values());
  const told: Item[] = [];
  let open: Item[] = [];
  for (const item of items) {
    const output = outputs.get(item);
    if (output) open.push(output);
    else if (kindOfCall(item) !== null) continue;
    if (answers.has(item)) {
      if (!open.includes(item)) continue;
      open = open.filter((other) => other !== item);
    } else if (kindOfOutput(item) !== null) continue;
    if (item.type === 'message' && item.role === 'user') told.push(...open.splice(0));
    told.push(item);
  }
  return told;
}

/** The next output for each call; some models use the same call id again and again. */
function outputsOf(items: readonly Item[]): Map<Item, Item> {
  const next = new Map<string, Item>();
  const outputs = new Map<Item, Item>();
  for (const item of items.toReversed()) {
    const answered = kindOfOutput(item);
    if (answered !== null) next.set(answered, item);
    const kind = kindOfCall(item);
    const output = kind === null ? undefined : next.get(kind);
    if (kind === null || output === undefined) continue;
    outputs.set(item, output);
    next.delete(kind);
  }
  return outputs;
}

const suffix = '_output';

/** What a call is answered by: outputs of its type with its id; null is no call of that kind. */
export function kindOfCall(item: Item): string | null {
  const type: string = item.type;
  return type.endsWith('_call') ? named(type, item) : null;
}

/** What it answers: the same as of its call; null is no output. */
export function kindOfOutput(item: Item): string | null {
  const type: string = item.type;
  return type.endsWith(`_call${suffix}`) ? named(type.slice(0, -suffix.length), item) : null;
}

function named(type: string, item: Item): string | null {
  return 'call_id' in item && typeof item.call_id === 'string' ? `${type} ${item.call_id}` : null;
}
