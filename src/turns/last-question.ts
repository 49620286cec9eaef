import { DialogEmptyError } from '../conversations/conversations.errors.js';
import type { RemovedItems } from '../conversations/items.repository.js';
import { isToolOutput } from '../models/item.js';
import type { PastItem, TurnContext } from './turn-context.js';

/** A conversation as it was before its last answer. */
export interface LastQuestion {
  context: TurnContext;
  /** What was asked last, with what was given in the same turn before it. */
  input: readonly PastItem[];
  /** The ids of the answer to it, if there is one. */
  replaced: ReadonlySet<string>;
  removed: RemovedItems;
}

/**
 * By type and role, never by odd and even: a question is a user's message or the output of a tool,
 * and a conversation may end with one or hold several in a row.
 *
 * @throws DialogEmptyError when there is none
 */
export function beforeLastQuestion(whole: TurnContext): LastQuestion {
  const { past } = whole;
  const last = past.findLastIndex(
    ({ item }) => isToolOutput(item) || (item.type === 'message' && item.role === 'user'),
  );
  const question = past[last];
  if (!question) throw new DialogEmptyError({ detail: 'Failed to regenerate, dialog is empty' });
  const first = past.findIndex(({ turn }) => turn === question.turn);
  const before = past.slice(0, first);
  return {
    context: {
      ...whole,
      past: before,
      stored: before,
      turn: question.turn,
      position: question.position + 1,
    },
    input: past.slice(first, last + 1),
    replaced: new Set(past.slice(last + 1).map(({ id }) => id)),
    removed: { afterPosition: question.position },
  };
}
