import type { IdSource } from '../common/ids/id-source.js';
import type { ItemBody } from '../providers/item-body.js';
import type { NewItem } from './conversations.repository.js';
import { toColumns } from './stored-body.js';

/** How ids begin, by what they are of. */
const prefixes = {
  message: 'msg',
  function_call: 'fc',
  function_call_output: 'fco',
  reasoning: 'rs',
} as const;

/** An id for an item of this kind. */
export function itemId(kind: ItemBody['kind'], ids: IdSource): string {
  return ids.next(prefixes[kind]);
}

/** What was said as items of one turn, from a position on. */
export function newItems(
  bodies: readonly ItemBody[],
  start: { turn: number; position: number },
  ids: IdSource,
): NewItem[] {
  return bodies.map((body, index) => ({
    id: itemId(body.kind, ids),
    turn: start.turn,
    position: start.position + index,
    ...toColumns(body),
    status: null,
    inputTokens: null,
    outputTokens: null,
  }));
}
