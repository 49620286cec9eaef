import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import type { NewItem } from '../conversations/items.repository.js';
import { toColumns } from '../conversations/item-mapper.js';
import type { ItemBody, Part } from '../models/item-body.js';
import type { ResponseBody } from './response-body.js';

/** What an item of an output says; kinds that no answer here has are left out. */
function toBodies(item: ResponseOutputItem): ItemBody[] {
  switch (item.type) {
    case 'message': {
      const parts = item.content.map((part): Part =>
        part.type === 'refusal'
          ? { type: 'refusal', text: part.refusal }
          : { type: 'text', text: part.text },
      );
      const [first, ...rest] = parts;
      const content = rest.length === 0 && first?.type === 'text' ? first.text : parts;
      return [{ kind: 'message', role: 'assistant', content }];
    }
    case 'function_call': {
      const { call_id: callId, name, arguments: text } = item;
      return [{ kind: 'function_call', callId, name, arguments: text }];
    }
    default:
      return [];
  }
}

/** What the output of a response says. */
export function outputBodies({ output }: Pick<ResponseBody, 'output'>): ItemBody[] {
  return output.flatMap(toBodies);
}

/** The output of a response as items of a conversation, under the ids that it was shown with. */
export function outputItems(
  { output, usage }: ResponseBody,
  start: { turn: number; position: number },
): NewItem[] {
  return output.flatMap((item, index) =>
    toBodies(item).map((body) => ({
      id: item.id ?? '',
      turn: start.turn,
      position: start.position + index,
      ...toColumns(body),
      status: 'status' in item && item.status === 'incomplete' ? ('incomplete' as const) : null,
      inputTokens: index === 0 ? (usage?.input_tokens ?? null) : null,
      outputTokens: index === 0 ? (usage?.output_tokens ?? null) : null,
    })),
  );
}
