import type { IdSource } from '../platform/ids/id-source.js';
import type { ItemBody } from '../models/item-body.js';
import type { NewItem } from './items.repository.js';
import { toColumns } from './item-mapper.js';

/** How ids begin, by what they are of. */
export const prefixes = {
  message: 'msg',
  function_call: 'fc',
  function_call_output: 'fco',
  reasoning: 'rs',
} as const;

/** What was said as items of one turn, from a position on. */
export function newItems(
  bodies: readonly ItemBody[],
  start: { turn: number; position: number },
  ids: IdSource,
): NewItem[] {
  return bodies.map((body, index) => ({
    id: ids.next(prefixes[body.kind]),
    turn: start.turn,
    position: start.position + index,
    ...toColumns(body),
    status: null,
    inputTokens: null,
    outputTokens: null,
  }));
}
