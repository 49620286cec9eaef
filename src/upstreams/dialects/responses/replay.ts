import { sinceCompaction } from '../../../models/compaction.js';
import {
  isToolCall,
  type Content,
  type ContentPart,
  type Item,
  type ReasoningItem,
} from '../../../models/item.js';
import type { JsonObject } from '../../../platform/json/fields.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';
import type { Recipient } from '../dialect.js';
import { Prefix } from './prefix.js';

/** An item in the words of the Responses API. */
type InputItem = JsonObject;

/** What a model is told of the items before its answer. */
export interface Replay {
  input: readonly InputItem[];
  /** A digest of all of it, which goes on with the items of the answer. */
  prefix: Prefix;
  /** Whether thoughts of a model are among it. */
  hasThoughts: boolean;
}

/**
 * Items as a service that keeps nothing must be told them: all that it made, whole and in order. What
 * it thought goes back only behind what it was thought behind, with the item that it led to, and with
 * a key of the organization that can open it; where it does not go back, the item that it led to goes
 * without its id, by which the service would ask for the thought.
 *
 * @param settings what all of it begins with, for the digest
 */
export function replay(
  items: readonly Item[],
  settings: string,
  recipient: Pick<Recipient, 'isOf' | 'refusesThoughts'>,
): Replay {
  const told = sinceCompaction(items);
  const prefix = new Prefix(settings);
  const input: InputItem[] = [];
  let hasThoughts = false;
  let isBereft = false;
  for (const [place, item] of told.entries()) {
    if (item.type === 'reasoning') {
      const goes = leadsOn(told, place) && isOfUse(item, prefix, recipient);
      isBereft = !goes;
      if (!goes) continue;
      hasThoughts = true;
    } else if (isBereft && isRunThere(item)) {
      // What the service did by itself on a thought says nothing without it.
      continue;
    }
    input.push(encode(item, isBereft));
    if (item.type !== 'reasoning') isBereft = false;
    prefix.add(item);
  }
  return { input, prefix, hasThoughts };
}

/** Whether a thought is followed by what it led to: more thoughts, and then something of the model's. */
function leadsOn(items: readonly Item[], place: number): boolean {
  const next = items.slice(place + 1).find(({ type }) => type !== 'reasoning');
  if (next === undefined) return false;
  return next.type === 'message' ? next.role === 'assistant' : !isGiven(next);
}

/** Outputs of tools are the caller's. */
function isGiven(item: Item): boolean {
  const type: string = item.type;
  return type.endsWith('_output');
}

function isOfUse(
  { encrypted_content: sealed, origin }: ReasoningItem,
  prefix: Prefix,
  { isOf, refusesThoughts }: Pick<Recipient, 'isOf' | 'refusesThoughts'>,
): boolean {
  if (refusesThoughts || typeof sealed !== 'string' || sealed === '') return false;
  // What a caller brings is for the service to judge.
  if (!origin) return true;
  const { organization } = origin;
  if (organization !== null && !isOf(organization)) return false;
  return origin.prefix === null || origin.prefix === prefix.digest();
}

/** Whether the service made it by running a tool of its own. */
function isRunThere(item: Item): boolean {
  const type: string = item.type;
  return type.endsWith('_call') && !isToolCall(item) && item.origin !== undefined;
}

/** @param isBereft whether the thought that led to it is left out */
function encode(item: Item, isBereft: boolean): InputItem {
  const { origin, ...said } = item;
  const id = isBereft ? null : (origin?.id ?? null);
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
    case 'function_call': {
      const { extra_content, ...call } = said;
      return { ...named, ...call };
    }
    default:
      return unsafeCast<InputItem>({ ...said, ...named });
  }
}

/** One with its id is given back as it was made; any other is as a caller would write it. */
function messageOf(
  { role, content }: { role: string; content: Content },
  id: string | null,
): JsonObject {
  if (role !== 'assistant') return { content: partsOf(content) };
  const parts = typeof content === 'string' ? [{ type: 'output_text', text: content }] : content;
  if (id === null) return { content: typeof content === 'string' ? content : parts };
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
