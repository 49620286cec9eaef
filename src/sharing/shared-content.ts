import type { Snapshot } from '../conversations/conversations.service.js';
import { itemOf } from '../conversations/item-mapper.js';
import { wordsOf } from '../models/item.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import type { SharedTurn } from './shared-conversation.js';

/** What a share shows, frozen; it is stored as JSON text. */
export interface SharedContent {
  /** Empty unless it may be shown. */
  prompt: string;
  turns: SharedTurn[];
}

/** A kind of conversation in the words of a share. */
type SharedKind = Exclude<Snapshot['kind'], 'role-play'> | 'roleplay' | 'v1';

/** Only what was said: what tools were asked and what a model thought are nobody else's business. */
export function contentOf(
  { items, transcript, kind }: Snapshot,
  showPrompt: boolean,
): SharedContent {
  const { humanName, aiName, prompt } = transcript;
  const names = kind === 'role-play' ? { user: humanName, assistant: aiName } : {};
  const turns = items.flatMap((stored): SharedTurn[] => {
    const item = itemOf(stored);
    if (item.type !== 'message') return [];
    const { role } = item;
    const name = role === 'user' || role === 'assistant' ? names[role] : null;
    return [{ role, ...(name ? { name } : {}), text: wordsOf(item.content) }];
  });
  return showPrompt ? { prompt, turns } : withoutPrompt({ prompt, turns });
}

/** What tells the model what to be, as a message too, is the prompt. */
export function withoutPrompt({ turns }: SharedContent): SharedContent {
  return {
    prompt: '',
    turns: turns.filter(({ role }) => role !== 'system' && role !== 'developer'),
  };
}

/** As the original API shows it. */
export function sentencesOf(turns: readonly SharedTurn[]): string[] {
  return turns
    .filter(({ role }) => role === 'user' || role === 'assistant')
    .map(({ text }) => text);
}

/** Of a share that was made when speakers were not stored yet; both took turns. */
export function contentOfSentences(prompt: string, sentences: string): SharedContent {
  const texts = unsafeCast<string[]>(JSON.parse(sentences));
  const turns = texts.map((text, index): SharedTurn => {
    return { role: index % 2 === 0 ? 'user' : 'assistant', text };
  });
  return { prompt, turns };
}

export function sharedKindOf({ kind, model }: Pick<Snapshot, 'kind' | 'model'>): SharedKind {
  if (model !== null) return 'v1';
  return kind === 'role-play' ? 'roleplay' : kind;
}
