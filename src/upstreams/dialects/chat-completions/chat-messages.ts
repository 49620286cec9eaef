import { wordsOf, type Content, type ItemBody, type Part } from '../../../models/item-body.js';
import type { ChatMessage, ChatPart } from '../../../models/model-request.js';

type FunctionCall = ItemBody & { kind: 'function_call' };

/**
 * Items as messages of the chat completions API. That API wants the outputs of a function call right
 * behind it and every call answered, so outputs move up to their call, and a call or an output
 * without its counterpart is left out: the conversation went on without it.
 */
export function chatMessages(said: readonly ItemBody[]): ChatMessage[] {
  const outputs = outputsOf(said);
  const messages: ChatMessage[] = [];
  for (let index = 0; index < said.length; index += 1) {
    const item = said[index];
    if (item?.kind === 'message') messages.push(messageOf(item));
    if (item?.kind !== 'function_call') continue;
    const calls = callsFrom(said, index);
    index += calls.length - 1;
    const answered = calls.filter((call) => outputs.has(call));
    if (answered.length === 0) continue;
    addCalls(messages, answered);
    for (const call of answered) {
      const content = wordsOf(outputs.get(call) ?? '');
      messages.push({ role: 'tool', tool_call_id: call.callId, content });
    }
  }
  return messages;
}

/** The next output for each call; some models use the same call id again and again. */
function outputsOf(said: readonly ItemBody[]): Map<FunctionCall, Content> {
  const next = new Map<string, Content>();
  const outputs = new Map<FunctionCall, Content>();
  for (const item of said.toReversed()) {
    if (item.kind === 'function_call_output') next.set(item.callId, item.output);
    if (item.kind !== 'function_call') continue;
    const output = next.get(item.callId);
    if (output !== undefined) outputs.set(item, output);
    next.delete(item.callId);
  }
  return outputs;
}

/** Calls that stand together were made together. */
function callsFrom(said: readonly ItemBody[], start: number): FunctionCall[] {
  const calls: FunctionCall[] = [];
  for (let index = start; index < said.length; index += 1) {
    const item = said[index];
    if (item?.kind !== 'function_call') break;
    calls.push(item);
  }
  return calls;
}

/** What the model said before it called is of the same message. */
function addCalls(messages: ChatMessage[], calls: readonly FunctionCall[]): void {
  const toolCalls = calls.map(({ callId, name, arguments: text }) => ({
    id: callId,
    type: 'function' as const,
    function: { name, arguments: text },
  }));
  const last = messages.at(-1);
  const isOpen = last?.role === 'assistant' && last.tool_calls === undefined;
  if (isOpen) messages.pop();
  messages.push({
    role: 'assistant',
    content: isOpen ? last.content : null,
    tool_calls: toolCalls,
  });
}

function messageOf({ role, content }: ItemBody & { kind: 'message' }): ChatMessage {
  if (role === 'user') {
    return { role, content: typeof content === 'string' ? content : content.map(chatPart) };
  }
  if (role !== 'assistant' || typeof content === 'string') {
    return { role, content: wordsOf(content) };
  }
  const refusal = content.find((part) => part.type === 'refusal')?.text;
  const words = wordsOf(content.filter((part) => part.type === 'text'));
  if (refusal === undefined) return { role, content: words };
  return { role, content: words === '' ? null : words, refusal };
}

function chatPart(part: Part): ChatPart {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: part.text };
    case 'image':
      return { type: 'image_url', image_url: { url: part.url, detail: part.detail } };
  }
}
