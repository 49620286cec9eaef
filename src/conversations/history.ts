import type { Item } from '../models/item.js';
import {
  sentencesOf,
  type ConversationKind,
  type Sentence,
  type Transcript,
} from '../providers/transcript.js';
import type { StoredConversation } from './conversations.repository.js';
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
  for (const { kind, role, said } of items) {
    const isSaid = kind === 'message' && typeof said === 'string';
    if (!isSaid || (role !== 'user' && role !== 'assistant')) return null;
    sentences.push({ role, text: said });
  }
  return sentences;
}

/** Everything as a transcript has it: sentences, and more only where there is more. */
export function spoken(said: readonly Item[]): Pick<Transcript, 'sentences' | 'said'> {
  const sentences: Sentence[] = sentencesOf(said);
  return said.every(isSentence) ? { sentences } : { sentences, said };
}

function isSentence(item: Item): boolean {
  if (item.type !== 'message') return false;
  const { role, content } = item;
  return (role === 'user' || role === 'assistant') && typeof content === 'string';
}
