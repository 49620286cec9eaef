import type { SharedConversation, SharedTurn } from '../../../sharing/shared-conversation.js';
import type { Language } from '../language.js';
import { shareTexts } from './share-texts.js';

/** A share as Markdown: what was said is Markdown already, under a heading for each speaker. */
export function shareAsMarkdown(share: SharedConversation, language: Language): string {
  const { prompt } = shareTexts[language];
  return [
    `# ${share.title}`,
    ...(share.prompt === '' ? [] : [`## ${prompt}`, share.prompt]),
    ...share.turns.flatMap((turn) => [`## ${speakerOf(turn, language)}`, turn.text]),
    '',
  ].join('\n\n');
}

/** A share as text that is only read. */
export function shareAsText(share: SharedConversation, language: Language): string {
  const { prompt } = shareTexts[language];
  return [
    share.title,
    ...(share.prompt === '' ? [] : [`${prompt}:\n${share.prompt}`]),
    ...share.turns.map((turn) => `${speakerOf(turn, language)}:\n${turn.text}`),
    '',
  ].join('\n\n');
}

function speakerOf({ name, role }: SharedTurn, language: Language): string {
  return name ?? shareTexts[language].speakers[role];
}
