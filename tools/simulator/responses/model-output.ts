import type { ItemIds } from './item-ids.js';
import { completeItem } from './complete-item.js';
import { textField } from './items.js';
import type { Item } from './items.js';
import type { PrefixDigest } from './prefix-digest.js';
import { labelOf } from './replay.js';
import { isItem } from './script.js';
import type { ScriptedStep } from './script.js';
import { seal } from './sealed-content.js';

/** For whom output is made, and what it comes after. */
export interface OutputContext {
  readonly ids: ItemIds;
  readonly organization: string;
  readonly model: string;
  readonly endUser: string | null;
  /** Of the input; the output is added to it. */
  readonly prefix: PrefixDigest;
  /** Whether reasoning goes out with its encrypted content. */
  readonly includesEncrypted: boolean;
}

/** The script with its items complete, each with its id, reasoning sealed to what is around it. */
export function makeOutput(
  script: readonly ScriptedStep[],
  context: OutputContext,
): ScriptedStep[] {
  const steps = withIds(script, context.ids);
  return steps.map((step, index) => {
    if (!isItem(step)) return step;
    const item = sealed(step, steps.slice(index + 1).find(isItem), context);
    context.prefix.add(item);
    return item;
  });
}

/** What a reasoning item leads to is all that comes before the next one. */
function withIds(script: readonly ScriptedStep[], ids: ItemIds): ScriptedStep[] {
  let reasoningId: string | null = null;
  return script.map((step) => {
    if (!isItem(step)) return step;
    const item = completeItem(step, ids, step.type === 'reasoning' ? null : reasoningId);
    if (item.type === 'reasoning') reasoningId = textField(item, 'id');
    return item;
  });
}

function sealed(item: Item, next: Item | undefined, context: OutputContext): Item {
  const isSealed =
    item.type === 'compaction' || (item.type === 'reasoning' && context.includesEncrypted);
  if (!isSealed || item.encrypted_content !== undefined) return item;
  const { organization, model, endUser, prefix } = context;
  const leadsTo = next === undefined ? null : labelOf(next);
  const id = String(item.id);
  const content = { id, organization, model, endUser, prefix: prefix.value(), leadsTo };
  return { ...item, encrypted_content: seal(content) };
}
