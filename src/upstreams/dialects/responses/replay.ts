import { sinceCompaction } from '../../../models/compaction.js';
import {
  isCompaction,
  isToolCall,
  wordsOf,
  type Content,
  type ContentPart,
  type Item,
  type Origin,
  type ReasoningItem,
} from '../../../models/item.js';
import type { JsonObject } from '../../../platform/json/fields.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';
import type { Recipient } from '../dialect.js';
import { kindOfCall, kindOfOutput, paired } from './paired.js';
import { Prefix } from './prefix.js';

/** An item in the words of the Responses API. */
type InputItem = JsonObject;

/** What a model is told of the items before its answer. */
export interface Replay {
  input: readonly InputItem[];
  /** A digest of all of it, which goes on with the items of the answer. */
  prefix: Prefix;
}

type Opener = Pick<Recipient, 'isOf' | 'refusesThoughts'>;

/**
 * Items as a service that keeps nothing must be told them: all that it made, whole and in order. What
 * it thought goes back only behind what it was thought behind, right before the item that it led to,
 * and with a key of the organization that can open it; where it does not go back, what it led to goes
 * without its id, by which the service would ask for the thought. What is said twice, as callers refer
 * to it, has its id once.
 *
 * @param settings makes what all of it begins with, for the digest
 */
export function replay(items: readonly Item[], settings: () => string, opener: Opener): Replay {
  // What cannot be opened stands for nothing.
  const readable = items.filter(
    (item) => !isCompaction(item) || item.opened || mayOpen(item, opener),
  );
  const told = paired(sinceCompaction(readable).flatMap(read));
  const prefix = new Prefix(settings);
  const input: InputItem[] = [];
  const thoughts = new Thoughts();
  const leftOut = new Set<string>();
  const named = new Set<string>();
  for (const [place, item] of told.entries()) {
    if (item.type === 'reasoning') {
      const goes = leadsOn(told, place) && isOfUse(item, prefix, opener);
      thoughts.note(item, goes);
      if (!goes) continue;
    }
    const isBereft = thoughts.isMissedBy(item);
    const id = item.origin?.id ?? '';
    if (isBereft && hasToBeNamed(item)) {
      // What a tool of the service did on a thought says nothing without it.
      leftOut.add(id).add(kindOfCall(item) ?? id);
      continue;
    }
    const answered = item.origin?.answers ?? kindOfOutput(item);
    if (answered && leftOut.has(answered)) continue;
    const isNameless = isBereft || opener.refusesThoughts || named.has(id);
    input.push(encode(item, isNameless && !hasToBeNamed(item)));
    named.add(id);
    prefix.add(item);
  }
  return { input, prefix };
}

/** A compaction of this service as what it holds: no model service is told of what is sealed here. */
function read(item: Item): readonly Item[] {
  return isCompaction(item) && item.opened ? item.opened : [item];
}

/** Which thoughts are told, and which not. */
class Thoughts {
  private readonly told = new Set<string>();
  /** Whether the last one is not. */
  private isLost = false;

  note({ origin }: ReasoningItem, goes: boolean): void {
    this.isLost = !goes;
    if (goes && typeof origin?.id === 'string') this.told.add(origin.id);
  }

  /** Whether what led to an item is not told. */
  isMissedBy(item: Item): boolean {
    if (item.type === 'reasoning') return false;
    if (isGiven(item)) this.isLost = false;
    const { thought } = item.origin ?? {};
    if (thought === undefined) return this.isLost;
    return thought !== null && !this.told.has(thought);
  }
}

/** Whether a thought is followed by what it led to: more thoughts, and then something of the model's. */
function leadsOn(items: readonly Item[], place: number): boolean {
  const item = items[place];
  const next = items[place + 1];
  if (!item || !next || !isLedBy(next, item)) return false;
  return next.type !== 'reasoning' || leadsOn(items, place + 1);
}

function isLedBy(next: Item, { origin }: Item): boolean {
  const after = next.origin?.after;
  if (isGiven(next)) return false;
  return !origin?.id || after === undefined || after === origin.id;
}

/** Whether it is the caller's: all but what a model said, thought and called. */
function isGiven(item: Item): boolean {
  if (item.type === 'message') return item.role !== 'assistant';
  const type: string = item.type;
  return type.endsWith('_output') || type === approval;
}

const approval = 'mcp_approval_response';

function isOfUse(item: ReasoningItem, prefix: Prefix, opener: Opener): boolean {
  const { encrypted_content: sealed, origin } = item;
  if (typeof sealed !== 'string' || sealed === '') return false;
  if (!mayOpen(item, opener)) return false;
  // What a caller brings is for the service to judge.
  return (origin?.prefix ?? null) === null || origin?.prefix === prefix.digest();
}

function mayOpen({ origin }: Item, { isOf, refusesThoughts }: Opener): boolean {
  const organization = origin?.organization ?? null;
  return !refusesThoughts && (organization === null || isOf(organization));
}

/** Whether the service made it by running a tool of its own. */
function isRunThere(item: Item): boolean {
  if (item.type === 'message' || item.type === 'reasoning') return false;
  if (isToolCall(item) || isCompaction(item) || isGiven(item)) return false;
  return item.origin !== undefined && !('call_id' in item);
}

/** Whether it is nothing to its service without its id, which says the thought that led to it. */
function hasToBeNamed(item: Item): boolean {
  const type: string = item.type;
  return type === 'computer_call' || isRunThere(item);
}

/** @param isNameless whether it goes without its id, like all that a caller writes */
function encode(item: Item, isNameless: boolean): InputItem {
  if (item.type === 'message' && !item.origin) return { ...item, ...messageOf(item, null) };
  const { origin, ...said } = item;
  const id = isNameless ? null : (origin?.id ?? null);
  const named = id === null ? {} : { id };
  switch (said.type) {
    case 'message':
      return { ...named, ...said, ...messageOf(said, id) };
    case 'function_call_output':
    case 'custom_tool_call_output':
      return { ...said, output: partsOf(said.output) };
    case 'reasoning': {
      const { content, reasoning_details, ...thought } = said;
      const texts = content && content.length > 0 ? { content } : {};
      return unsafeCast<InputItem>({ ...named, ...thought, ...texts });
    }
    case 'function_call':
    case 'custom_tool_call': {
      const { extra_content, ...call } = said;
      return { ...named, ...call };
    }
    default:
      return otherItem(unsafeCast<InputItem>(said), { named, origin });
  }
}

/** What the service reads itself. A compaction says in what is sealed which one it is. */
function otherItem(
  said: InputItem,
  { named, origin }: { named: object; origin: Origin | undefined },
): InputItem {
  switch (said['type']) {
    case 'compaction':
      return said;
    case approval:
      return { ...said, ...(origin?.answers ? { approval_request_id: origin.answers } : {}) };
    default:
      return { ...said, ...named };
  }
}

/** One with its id is given back as it was made; any other is as a caller would write it, in words. */
function messageOf(
  { role, content }: { role: string; content: Content },
  id: string | null,
): JsonObject {
  if (role !== 'assistant') return { content: partsOf(content) };
  if (id === null) return { content: wordsOf(content) };
  const parts = typeof content === 'string' ? [{ type: 'output_text', text: content }] : content;
  return { status: 'completed', content: parts.map(withAnnotations) };
}

function withAnnotations(part: object): object {
  return 'text' in part && !('annotations' in part) ? { ...part, annotations: [] } : part;
}

function partsOf(content: Content): unknown {
  if (typeof content === 'string') return content;
  return content.map((part: ContentPart) =>
    part.type === 'input_image' ? { ...part, detail: part.detail ?? 'auto' } : part,
  );
}
