import type { ConversationKind, Transcript } from '../providers/transcript.js';
import type { StoredConversation, StoredItem } from './conversations.repository.js';

/** A conversation as turns and readers see it: the transcript, and the items it was read from. */
export interface History {
  kind: ConversationKind;
  stream: boolean;
  transcript: Transcript;
  items: readonly StoredItem[];
  /** The id of an answer whose caller could not be told that it is kept. */
  unseenAnswer: string | null;
}

/** What was said, in order, from the stored rows. */
export function historyOf({ conversation, items, unseenAnswer }: StoredConversation): History {
  const { kind, stream, prompt, settings, humanName, aiName } = conversation;
  const transcript = { prompt, settings, humanName, aiName, sentences: items };
  return { kind, stream, items, transcript, unseenAnswer };
}

/** The answer to a repeated question, if it was kept and its caller may not have seen it. */
export function answerToRepeat(
  { items, transcript, unseenAnswer }: History,
  question: string,
): string | null {
  if (unseenAnswer === null || items.at(-1)?.id !== unseenAnswer) return null;
  const [asked, answer] = transcript.sentences.slice(-2);
  return asked?.text === question && answer ? answer.text : null;
}

/** Bytes of the prompt and everything said, in UTF-8, as MAX_CONVERSATION_BYTES counts them. */
export function bytesOf({ prompt, sentences }: Transcript): number {
  return sentences.reduce(
    (sum, { text }) => sum + Buffer.byteLength(text),
    Buffer.byteLength(prompt),
  );
}
