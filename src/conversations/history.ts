import type { ConversationKind, Transcript } from '../providers/transcript.js';
import type { StoredConversation, StoredItem } from './conversations.repository.js';

/** A conversation as turns and readers see it: the transcript, and the items it was read from. */
export interface History {
  kind: ConversationKind;
  stream: boolean;
  transcript: Transcript;
  items: readonly StoredItem[];
}

/** What was said, in order, from the stored rows. */
export function historyOf({ conversation, items }: StoredConversation): History {
  const { kind, stream, prompt, settings, humanName, aiName } = conversation;
  const transcript = { prompt, settings, humanName, aiName, sentences: items };
  return { kind, stream, items, transcript };
}

/** Bytes of the prompt and everything said, in UTF-8, as MAX_CONVERSATION_BYTES counts them. */
export function bytesOf({ prompt, sentences }: Transcript): number {
  return sentences.reduce(
    (sum, { text }) => sum + Buffer.byteLength(text),
    Buffer.byteLength(prompt),
  );
}
