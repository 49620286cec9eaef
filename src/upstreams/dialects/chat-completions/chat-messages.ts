import {
  isToolCall,
  isToolOutput,
  wordsOf,
  type Content,
  type ContentPart,
  type Item,
  type MessageItem,
  type ReasoningItem,
  type ToolCallItem,
} from '../../../models/item.js';
import { InvalidFieldError } from '../../../platform/errors/http.errors.js';
import type { AssistantMessage, ChatMessage, ChatPart, ChatToolCall } from './chat-message.js';

/** Messages, and the names of what stands in them that not every server takes. */
export interface ChatMessages {
  messages: ChatMessage[];
  added: ReadonlySet<string>;
}

/**
 * Items as messages of the chat completions API. That API wants the outputs of a call right behind it
 * and every call answered, so outputs move up to their call, and a call or an output without its
 * counterpart is left out: the conversation went on without it. Items that it has no words for are
 * left out too.
 *
 * @param refused names of what is not to stand in them
 * @throws InvalidFieldError for a compaction, which nobody here reads unless it was opened before
 */
export function chatMessages(items: readonly Item[], refused: ReadonlySet<string>): ChatMessages {
  const told = new Messages(outputsOf(items), refused);
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (item?.type === 'message') told.addMessage(item);
    if (item?.type === 'reasoning') told.think(item);
    if (item?.type === 'compaction') throw unreadable();
    if (!item || !isToolCall(item)) continue;
    const calls = callsFrom(items, index);
    index += calls.length - 1;
    told.addCalls(calls);
  }
  return told;
}

/** One of this service is opened before anyone is told of it; this is another's. */
function unreadable(): InvalidFieldError {
  const detail =
    'A compaction item cannot be told to a model service that is spoken to in chat completions';
  return new InvalidFieldError('input', 'invalid_value', detail);
}

class Messages implements ChatMessages {
  readonly messages: ChatMessage[] = [];
  readonly added = new Set<string>();
  private thought: ReasoningItem | null = null;

  constructor(
    private readonly outputs: ReadonlyMap<ToolCallItem, Content>,
    private readonly refused: ReadonlySet<string>,
  ) {}

  think(item: ReasoningItem): void {
    this.thought = item;
  }

  addMessage(item: MessageItem): void {
    this.messages.push(this.toMessage(item));
    // Between thoughts and a call the model may say something; what anyone else says ends it.
    if (item.role !== 'assistant') this.thought = null;
  }

  /** What the model said before it called is of the same message. */
  addCalls(calls: readonly ToolCallItem[]): void {
    const answered = calls.filter((call) => this.outputs.has(call));
    const { thought } = this;
    this.thought = null;
    if (answered.length === 0) return;
    const last = this.messages.at(-1);
    const isOpen = last?.role === 'assistant' && last.tool_calls === undefined;
    if (isOpen) this.messages.pop();
    this.messages.push({
      role: 'assistant',
      content: isOpen ? last.content : null,
      ...(thought ? this.thoughtsOf(thought) : {}),
      tool_calls: answered.map((call) => this.toToolCall(call)),
    });
    this.addOutputs(answered);
  }

  private takes(name: string): boolean {
    if (this.refused.has(name)) return false;
    this.added.add(name);
    return true;
  }

  private toMessage({ role, content }: MessageItem): ChatMessage {
    switch (role) {
      case 'user':
        return { role, content: typeof content === 'string' ? content : content.flatMap(toPart) };
      case 'developer':
        // Servers that know only `system` refuse it.
        return { role: this.takes(role) ? role : 'system', content: wordsOf(content) };
      case 'system':
        return { role, content: wordsOf(content) };
      case 'assistant': {
        if (typeof content === 'string') return { role, content };
        const refusal = content.find((part) => part.type === 'refusal')?.refusal;
        const words = wordsOf(content.filter((part) => part.type !== 'refusal'));
        if (refusal === undefined) return { role, content: words };
        if (!this.takes('refusal')) return { role, content: wordsOf(content) };
        return { role, content: words === '' ? null : words, refusal };
      }
    }
  }

  /** Services want it back that send it. */
  private toToolCall(call: ToolCallItem): ChatToolCall {
    if (call.type === 'custom_tool_call') {
      return { id: call.call_id, type: 'custom', custom: { name: call.name, input: call.input } };
    }
    const { call_id: id, name, arguments: text, extra_content: extra } = call;
    const called = { id, type: 'function' as const, function: { name, arguments: text } };
    if (extra === undefined || !this.takes('extra_content')) return called;
    return { ...called, extra_content: extra };
  }

  /** In the form that they came in; those of other services, which seal them, stay out. */
  private thoughtsOf({
    content,
    reasoning_details: details,
  }: ReasoningItem): Pick<AssistantMessage, 'reasoning_content' | 'reasoning_details'> {
    if (details) return this.takes('reasoning_details') ? { reasoning_details: details } : {};
    const text = (content ?? []).map((part) => part.text).join('');
    return text !== '' && this.takes('reasoning_content') ? { reasoning_content: text } : {};
  }

  /** The API takes the output of a tool as text alone: pictures and files follow as a user's message. */
  private addOutputs(calls: readonly ToolCallItem[]): void {
    const others: ChatPart[] = [];
    for (const call of calls) {
      const output = this.outputs.get(call) ?? '';
      const more = typeof output === 'string' ? [] : output.filter((part) => !isText(part));
      const parts = more.flatMap(toPart);
      const text = wordsOf(output) || (parts.length > 0 ? 'See the next message.' : '');
      this.messages.push({ role: 'tool', tool_call_id: call.call_id, content: text });
      if (parts.length === 0) continue;
      others.push({ type: 'text', text: `Output of ${call.name} (${call.call_id}):` }, ...parts);
    }
    if (others.length > 0) this.messages.push({ role: 'user', content: others });
  }
}

/** The next output for each call; some models use the same call id again and again. */
function outputsOf(items: readonly Item[]): Map<ToolCallItem, Content> {
  const next = new Map<string, Content>();
  const outputs = new Map<ToolCallItem, Content>();
  for (const item of items.toReversed()) {
    if (isToolOutput(item)) next.set(item.call_id, item.output);
    if (!isToolCall(item)) continue;
    const output = next.get(item.call_id);
    if (output !== undefined) outputs.set(item, output);
    next.delete(item.call_id);
  }
  return outputs;
}

/** Calls that stand together were made together. */
function callsFrom(items: readonly Item[], start: number): ToolCallItem[] {
  const calls: ToolCallItem[] = [];
  for (let index = start; index < items.length; index += 1) {
    const item = items[index];
    if (!item || !isToolCall(item)) break;
    calls.push(item);
  }
  return calls;
}

function isText(part: ContentPart): boolean {
  return part.type === 'input_text' || part.type === 'output_text' || part.type === 'refusal';
}

function toPart(part: ContentPart): ChatPart[] {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      return [{ type: 'text', text: part.text }];
    case 'refusal':
      return [{ type: 'text', text: part.refusal }];
    case 'input_image': {
      // `original` of newer models is as much as this API can be asked for.
      const detail = part.detail === 'original' ? 'high' : (part.detail ?? 'auto');
      return [{ type: 'image_url', image_url: { url: part.image_url, detail } }];
    }
    case 'input_file': {
      const { filename, file_data: data } = part;
      if (!data) return [];
      return [{ type: 'file', file: { ...(filename ? { filename } : {}), file_data: data } }];
    }
    default:
      return [];
  }
}
