import type { ConversationItem } from 'openai/resources/conversations/items';
import type { ItemRecord } from '../conversations/items.repository.js';
import { toItem } from '../conversations/item-mapper.js';
import {
  isStatusApart,
  type Content,
  type ContentPart,
  type Item,
  type MessageRole,
} from '../models/item.js';
import { unsafeCast } from '../platform/unsafe-cast.js';

/** A kept item as callers of the OpenAI API know items. */
export function toOpenAiItem(record: ItemRecord): ConversationItem {
  const { id } = record;
  const { origin, ...item } = toItem(record);
  const status = record.status ?? (isStatusApart(item.type) ? 'completed' : undefined);
  return unsafeCast<ConversationItem>({ ...shown(item), id, ...(status ? { status } : {}) });
}

function shown(item: Item): object {
  switch (item.type) {
    case 'message':
      return { ...item, content: partsOf(item.content, item.role) };
    case 'function_call_output':
    case 'custom_tool_call_output': {
      const { output } = item;
      return { ...item, output: typeof output === 'string' ? output : output.map(complete) };
    }
    case 'reasoning':
      return { ...item, content: item.content ?? [] };
    default:
      return item;
  }
}

function partsOf(content: Content, role: MessageRole): ContentPart[] {
  if (typeof content !== 'string') return content.map(complete);
  return [complete({ type: role === 'assistant' ? 'output_text' : 'input_text', text: content })];
}

/** With the members that clients rely on. */
function complete(part: ContentPart): ContentPart {
  switch (part.type) {
    case 'output_text':
      return { ...part, annotations: part.annotations ?? [], logprobs: part.logprobs ?? [] };
    case 'input_image':
      return unsafeCast<ContentPart>({ file_id: null, ...part, detail: part.detail ?? 'auto' });
    default:
      return part;
  }
}
