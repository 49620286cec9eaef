import type { Item, MessageItem } from '../models/item.js';
import {
  sentencesOf,
  type ConversationKind,
  type Sentence,
  type Transcript,
} from '../providers/transcript.js';
import type { StoredConversation } from './conversations.repository.js';
import type { JsonObject } from '../platform/json/fields.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { itemOf } from './item-mapper.js';
import type { StoredItem } from './items.repository.js';

/** A conversation as turns and readers see it: the transcript, and the items it was read from. */
export interface History {
  kind: ConversationKind;
  stream: boolean;
  /** The model used last, of a conversation made by the `/v1` API. */
  model: string | null;
  /** The conversation whose keys it is asked with: itself, or the one that it was forked from. */
  affinity: string;
  /** Its own idle time in milliseconds, 0 for never; null goes by the service's. */
  idleMs: number | null;
  transcript: Transcript;
  items: readonly StoredItem[];
}

/** What was said, in order, from the stored rows. */
export function historyOf({ conversation, items }: StoredConversation): History {
  const { id, kind, stream, model, idleMs, prompt, settings, humanName, aiName } = conversation;
  const affinity = conversation.affinity ?? id;
  const plain = plainSentences(items);
  const transcript = {
    ...{ prompt, settings, humanName, aiName },
    ...(plain ? { sentences: plain } : spoken(items.map(itemOf))),
  };
  return { kind, stream, model, affinity, idleMs, items, transcript };
}

/** The sentences of a history that has nothing else, as most have; null for any other. */
function plainSentences(items: readonly StoredItem[]): Sentence[] | null {
  const sentences: Sentence[] = [];
  for (const { role, said } of items) {
    const text = typeof said === 'string' ? said : sentenceIn(said);
    if (text === null || (role !== 'user' && role !== 'assistant')) return null;
    sentences.push({ role, text });
  }
  return sentences;
}

function sentenceIn(said: unknown): string | null {
  const item = unsafeCast<Item | null>(said);
  return item?.type === 'message' && isSentence(item) ? item.content : null;
}

/** Everything as a transcript has it: sentences, and more only where there is more. */
export function spoken(said: readonly Item[]): Pick<Transcript, 'sentences' | 'said'> {
  const sentences: Sentence[] = sentencesOf(said);
  return said.every(isSentence) ? { sentences } : { sentences, said };
}

/**
 * Whether it is nothing but words. Who made them matters only behind what they were thought up with, and
 * such a thought is an item of its own.
 */
function isSentence(item: Item): item is MessageItem & { content: string } {
  if (item.type !== 'message' || typeof item.content !== 'string') return false;
  if (item.role !== 'user' && item.role !== 'assistant') return false;
  for (const name in item) {
    if (!membersOfSentence.has(name) && unsafeCast<JsonObject>(item)[name] !== null) return false;
  }
  return true;
}

const membersOfSentence = new Set(['type', 'role', 'content', 'origin']);
