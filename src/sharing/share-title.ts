import { longestTitle } from './share-options.js';
import type { SharedTurn } from './shared-conversation.js';

/** Of a conversation in which nothing was said in words. */
const untitled = 'Conversation';
/** Of a text: more than a title has, also where much of it is blank. */
const lookedAt = 2_000;

/** The first question as a title, or whatever was said first. */
export function titleOf(turns: readonly SharedTurn[]): string {
  const questions = turns.filter(({ role }) => role === 'user');
  for (const { text } of [...questions, ...turns]) {
    const line = lineOf(text);
    if (line !== '') return line;
  }
  return untitled;
}

/**
 * The same from the beginning of what the share stores, so that lists need not read it all.
 *
 * @param sentences the first characters of a JSON array of texts
 */
export function titleOfBeginning(sentences: string): string {
  const first = /^\["((?:[^"\\]|\\(?:u[0-9a-f]{4}|[^u]))*)/.exec(sentences)?.[1] ?? '';
  return lineOf(String(JSON.parse(`"${first}"`))) || untitled;
}

/** A text in one line that is no longer than titles are. */
function lineOf(text: string): string {
  const line = text
    .slice(0, lookedAt)
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  const characters = Array.from(line);
  if (characters.length <= longestTitle) return line;
  return `${characters
    .slice(0, longestTitle - 1)
    .join('')
    .trimEnd()}…`;
}
