import { isRecord } from '../request-body.js';
import type { ItemIds } from './item-ids.js';
import type { Item } from './items.js';

/** Fields of items that a script leaves out. */
const defaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  message: { status: 'completed', role: 'assistant', content: [] },
  reasoning: { summary: [] },
  function_call: { status: 'completed', name: 'look_up', arguments: '{}' },
  custom_tool_call: { status: 'completed', name: 'run', input: '' },
  web_search_call: { status: 'completed', action: { type: 'search', query: 'weather' } },
  file_search_call: { status: 'completed', queries: ['weather'], results: null },
  code_interpreter_call: {
    status: 'completed',
    code: 'print(1 + 1)',
    container_id: 'cntr_1',
    outputs: null,
  },
  image_generation_call: { status: 'completed', result: 'iVBORw0KGgo=' },
  mcp_list_tools: { server_label: 'files', tools: [] },
  mcp_call: {
    status: 'completed',
    server_label: 'files',
    name: 'read',
    arguments: '{}',
    output: 'It is empty.',
    error: null,
  },
};

/** A scripted item with all its fields. */
export function completeItem(scripted: Item, ids: ItemIds, reasoningId: string | null): Item {
  const id = scripted.id ?? ids.nextOf(scripted.type, reasoningId);
  const item = { ...defaults[scripted.type], ...scripted, id };
  switch (scripted.type) {
    case 'message':
      return { ...item, content: partsOf(scripted.content, 'output_text').map(completePart) };
    case 'reasoning': {
      const summary = partsOf(scripted.summary, 'summary_text');
      if (scripted.content === undefined) return { ...item, summary };
      return { ...item, summary, content: partsOf(scripted.content, 'reasoning_text') };
    }
    case 'function_call':
    case 'custom_tool_call':
      return { ...item, call_id: scripted.call_id ?? ids.next('call') };
    default:
      return item;
  }
}

/** Content as a list of parts: each text becomes a part of that type. */
export function partsOf(content: unknown, type: string): unknown[] {
  if (content === undefined) return [];
  const parts: unknown[] = Array.isArray(content) ? content : [content];
  return parts.map((part) => (typeof part === 'string' ? { type, text: part } : part));
}

function completePart(part: unknown): unknown {
  const isText = isRecord(part) && part.type === 'output_text';
  return isText ? { annotations: [], logprobs: [], ...part } : part;
}
