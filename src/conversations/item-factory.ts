import type { IdSource } from '../platform/ids/id-source.js';
import type { Item } from '../models/item.js';
import type { NewItem } from './items.repository.js';
import { toColumns } from './item-mapper.js';

/** How ids begin, by what they are of, as OpenAI's do: it takes no others back for some of them. */
export const prefixes = {
  message: 'msg',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
  reasoning: 'rs',
  web_search_call: 'ws',
  file_search_call: 'fs',
  code_interpreter_call: 'ci',
  image_generation_call: 'ig',
  mcp_call: 'mcp',
  mcp_list_tools: 'mcpl',
  mcp_approval_request: 'mcpr',
  compaction: 'cmp',
} as const;

/** How the ids of all others begin. */
export const otherPrefix = 'item';

type ItemPrefix = (typeof prefixes)[keyof typeof prefixes] | typeof otherPrefix;

/** What was said as items of one turn, from a position on. */
export function newItems(
  items: readonly Item[],
  start: { turn: number; position: number },
  ids: IdSource,
): NewItem[] {
  return items.map((item, index) => ({
    id: ids.next(prefixOf(item.type)),
    turn: start.turn,
    position: start.position + index,
    ...toColumns(item),
    status: null,
    inputTokens: null,
    outputTokens: null,
    upstream: null,
    model: null,
  }));
}

/** How the id of an item of a type begins. */
export function prefixOf(type: string): ItemPrefix {
  const known: Partial<Record<string, (typeof prefixes)[keyof typeof prefixes]>> = prefixes;
  return (Object.hasOwn(known, type) ? known[type] : null) ?? otherPrefix;
}
