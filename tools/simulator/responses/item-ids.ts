import { randomBytes } from 'node:crypto';
import { textField } from './items.js';
import type { Item } from './items.js';

const prefixes: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  custom_tool_call: 'ctc',
  web_search_call: 'ws',
  file_search_call: 'fs',
  code_interpreter_call: 'ci',
  image_generation_call: 'ig',
  mcp_call: 'mcp',
  mcp_list_tools: 'mcpl',
  mcp_approval_request: 'mcpr',
  compaction: 'cmp',
};

/**
 * Ids of responses, items and calls. The id of an item that a reasoning item led to ends in that item's
 * number, so that the simulator need not remember what it made.
 */
export class ItemIds {
  // Of two simulators none takes the other's items for its own.
  private readonly tag = randomBytes(4).toString('hex');
  private count = 0;

  next(prefix: string): string {
    this.count += 1;
    return `${prefix}_${this.tag}${String(this.count).padStart(12, '0')}`;
  }

  /** @param reasoningId of the reasoning item that leads to it, if one does. */
  nextOf(type: string, reasoningId: string | null): string {
    const id = this.next(prefixes[type] ?? 'item');
    const number = /^rs_([0-9a-f]+)$/.exec(reasoningId ?? '')?.[1];
    return number === undefined ? id : `${id}_rs${number}`;
  }
}

/** The id of the reasoning item without which an item may not come back under its own id, or null. */
export function requiredReasoningOf(item: Item): string | null {
  const number = /_rs([0-9a-f]+)$/.exec(textField(item, 'id') ?? '')?.[1];
  return number === undefined ? null : `rs_${number}`;
}
