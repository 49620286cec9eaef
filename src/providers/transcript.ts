import { wordsOf, type Item } from '../models/item.js';
import { withoutTrailingLineFeeds } from '../platform/text/line-feeds.js';

export const conversationKinds = ['gpt3', 'turbo', 'gpt4', 'role-play'] as const;

/** What kind of conversation it is, which decides how its model is asked. */
export type ConversationKind = (typeof conversationKinds)[number];

/** Kinds whose model is asked to continue a text. */
export function isWritten(kind: ConversationKind): boolean {
  switch (kind) {
    case 'gpt3':
    case 'role-play':
      return true;
    case 'turbo':
    case 'gpt4':
      return false;
  }
}

/** The original API's `settings` of a gpt3 conversation. */
export type ChatSettings = '' | 'FriendChat';

/** Who said it. */
type Role = 'user' | 'assistant';

/** One thing that was said. */
export interface Sentence {
  role: Role;
  text: string;
}

/** Everything a provider needs to know of a conversation; a question to be asked comes last. */
export interface Transcript {
  prompt: string;
  settings: ChatSettings;
  /** Role play only. */
  humanName: string | null;
  /** Role play only. */
  aiName: string | null;
  sentences: readonly Sentence[];
  /** Everything in order, where there is more than sentences; only chat models can be told of it. */
  said?: readonly Item[] | undefined;
}

/** The names under which the two sides stand in the transcript's text. */
export type Speakers = Record<Role, string>;

/** The sentences among everything: what users and the model said in words. */
export function sentencesOf(said: readonly Item[]): Sentence[] {
  return said.flatMap((item) => {
    if (item.type !== 'message') return [];
    const { role, content } = item;
    return role === 'user' || role === 'assistant' ? [{ role, text: wordsOf(content) }] : [];
  });
}

/**
 * A transcript as text (the original API's `context`): the prompt without its trailing line feeds, a line
 * feed, then for each sentence a line feed, the speaker's name, `: ` and the text.
 */
export function transcriptText(transcript: Transcript, speakers: Speakers): string {
  const lines = transcript.sentences.map(({ role, text }) => `\n${speakers[role]}: ${text}`);
  const prompt = withoutTrailingLineFeeds(transcript.prompt);
  // A quick answer may come without a prompt; two blank lines would tell the model nothing.
  if (prompt === '') return lines.join('').slice(1);
  return `${prompt}\n${lines.join('')}`;
}
