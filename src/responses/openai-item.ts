import type { ConversationItem } from 'openai/resources/conversations/items';
import type { Message } from 'openai/resources/conversations/conversations';
import type {
  ResponseFunctionToolCallItem,
  ResponseFunctionToolCallOutputItem,
  ResponseReasoningItem,
} from 'openai/resources/responses/responses';
import type { ItemRecord } from '../conversations/items.repository.js';
import { toBody } from '../conversations/item-mapper.js';
import type { Content, ItemBody, Part } from '../models/item-body.js';

type InputPart = Message['content'][number] & { type: 'input_text' | 'input_image' };

/** A kept item as callers of the OpenAI API know items. */
export function toOpenAiItem(item: ItemRecord): ConversationItem {
  const { id, status } = item;
  return itemWith({ id, status: status ?? 'completed' }, toBody(item));
}

function itemWith(
  { id, status }: { id: string; status: 'completed' | 'incomplete' },
  body: ItemBody,
): ConversationItem {
  switch (body.kind) {
    case 'message':
      return messageOf(id, status, body);
    case 'function_call': {
      const { callId, name, arguments: text } = body;
      const call: ResponseFunctionToolCallItem = {
        type: 'function_call',
        id,
        call_id: callId,
        name,
        arguments: text,
        status,
      };
      return call;
    }
    case 'function_call_output': {
      const output: ResponseFunctionToolCallOutputItem = {
        type: 'function_call_output',
        id,
        call_id: body.callId,
        output: typeof body.output === 'string' ? body.output : body.output.map(inputPart),
        status,
      };
      return output;
    }
    case 'reasoning': {
      const reasoning: ResponseReasoningItem = {
        type: 'reasoning',
        id,
        summary: body.summary.map((text) => ({ type: 'summary_text', text })),
        content: body.text.map((text) => ({ type: 'reasoning_text', text })),
        encrypted_content: body.encrypted,
        status,
      };
      return reasoning;
    }
  }
}

function messageOf(
  id: string,
  status: Message['status'],
  { role, content }: ItemBody & { kind: 'message' },
): Message {
  const parts = partsOf(content);
  return {
    type: 'message',
    id,
    status,
    role,
    content: role === 'assistant' ? parts.map(outputPart) : parts.map(inputPart),
  };
}

function partsOf(content: Content): readonly Part[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function outputPart(part: Part): Message['content'][number] {
  switch (part.type) {
    case 'text':
      return { type: 'output_text', text: part.text, annotations: [], logprobs: [] };
    case 'refusal':
      return { type: 'refusal', refusal: part.text };
    case 'image':
      return inputPart(part);
  }
}

function inputPart(part: Part): InputPart {
  if (part.type !== 'image') return { type: 'input_text', text: part.text };
  return { type: 'input_image', image_url: part.url, detail: part.detail, file_id: null };
}
