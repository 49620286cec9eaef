import type {
  ResponseFunctionToolCall,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseUsage,
} from 'openai/resources/responses/responses';
import type { IdSource } from '../platform/ids/id-source.js';
import { AnswerText } from '../turns/answer-text.js';
import { maxWholeAnswerSize, SizeLimit } from '../upstreams/transport/answer-limits.js';
import type { AnswerPiece, Logprobs } from './chat-answer.js';
import type { ResponseEvent } from './response-body.js';

/** Takes events; a promise asks to wait before there are more. */
type Emit = (event: ResponseEvent) => void;

type Status = 'completed' | 'incomplete';

/** What a function call counts for beside its texts, in characters: it is an item, with events of its own. */
const callFrame = 4_096;

/** A part of the message that is being written. */
interface OpenPart {
  kind: 'output_text' | 'refusal';
  index: number;
  text: AnswerText;
  logprobs: Logprobs;
}

interface OpenMessage {
  id: string;
  outputIndex: number;
  parts: OpenPart[];
}

interface OpenCall {
  id: string;
  outputIndex: number;
  callId: string;
  name: string;
  arguments: string;
}

/**
 * Puts the output of a response together from the pieces of an upstream's answer, and tells every
 * step as an event, in the order in which OpenAI tells them. A message ends where function calls
 * begin; function calls end with the answer.
 */
export class ResponseStreamBuilder {
  usage: ResponseUsage | null = null;
  finishReason: string | null = null;
  private readonly done = new Map<number, ResponseOutputItem>();
  private message: OpenMessage | null = null;
  private readonly calls = new Map<number, OpenCall>();
  private items = 0;
  private readonly limit = new SizeLimit(maxWholeAnswerSize);

  /** @param next the next event's number */
  constructor(
    private readonly ids: IdSource,
    private readonly emit: Emit,
    private readonly next: () => number,
  ) {}

  /** Whether nothing was said and nothing called. */
  get isEmpty(): boolean {
    return this.items === 0;
  }

  /** @throws AnswerTooLargeError */
  add(piece: AnswerPiece): void {
    this.limit.add(sizeOf(piece));
    this.usage = piece.usage ?? this.usage;
    this.finishReason = piece.finishReason ?? this.finishReason;
    if (piece.text !== '') this.addText('output_text', piece.text, piece.logprobs);
    if (piece.refusal !== '') this.addText('refusal', piece.refusal, []);
    for (const call of piece.toolCalls) this.addCall(call);
  }

  /** The answer is complete. @returns its items, in order */
  finish(status: Status): ResponseOutputItem[] {
    this.closeMessage(status);
    for (const call of this.calls.values()) this.closeCall(call, status);
    return [...this.done].sort(([one], [other]) => one - other).map(([, item]) => item);
  }

  private addText(kind: OpenPart['kind'], piece: string, logprobs: Logprobs): void {
    const message = this.openMessage();
    const part = this.openPart(message, kind);
    for (const logprob of logprobs) part.logprobs.push(logprob);
    this.tellText(message, part, part.text.push(piece), logprobs);
  }

  private tellText(
    { id, outputIndex }: OpenMessage,
    part: OpenPart,
    delta: string,
    logprobs: Logprobs,
  ) {
    if (delta === '') return;
    const place = {
      item_id: id,
      output_index: outputIndex,
      content_index: part.index,
      sequence_number: this.next(),
    };
    if (part.kind === 'output_text') {
      this.emit({ type: 'response.output_text.delta', ...place, delta, logprobs });
    } else this.emit({ type: 'response.refusal.delta', ...place, delta });
  }

  private openMessage(): OpenMessage {
    if (this.message) return this.message;
    this.message = { id: this.ids.next('msg'), outputIndex: this.items, parts: [] };
    this.items += 1;
    const { id, outputIndex } = this.message;
    const item: ResponseOutputMessage = {
      id,
      type: 'message',
      status: 'in_progress',
      role: 'assistant',
      content: [],
    };
    this.tellAdded(outputIndex, item);
    return this.message;
  }

  private openPart(message: OpenMessage, kind: OpenPart['kind']): OpenPart {
    const open = message.parts.find((part) => part.kind === kind);
    if (open) return open;
    const index = message.parts.length;
    const part: OpenPart = { kind, index, text: new AnswerText(), logprobs: [] };
    message.parts.push(part);
    this.emit({
      type: 'response.content_part.added',
      item_id: message.id,
      output_index: message.outputIndex,
      content_index: index,
      part: contentOf(part),
      sequence_number: this.next(),
    });
    return part;
  }

  private closeMessage(status: Status): void {
    const { message } = this;
    if (!message) return;
    this.message = null;
    for (const part of message.parts) this.closePart(message, part);
    const item: ResponseOutputMessage = {
      id: message.id,
      type: 'message',
      status,
      role: 'assistant',
      content: message.parts.map(contentOf),
    };
    this.tellDone(message.outputIndex, item);
  }

  private closePart(message: OpenMessage, part: OpenPart): void {
    this.tellText(message, part, part.text.end(), []);
    const place = {
      item_id: message.id,
      output_index: message.outputIndex,
      content_index: part.index,
    };
    const { text } = part.text;
    if (part.kind === 'output_text') {
      this.emit({
        type: 'response.output_text.done',
        ...place,
        text,
        logprobs: part.logprobs,
        sequence_number: this.next(),
      });
    } else {
      this.emit({
        type: 'response.refusal.done',
        ...place,
        refusal: text,
        sequence_number: this.next(),
      });
    }
    this.emit({
      type: 'response.content_part.done',
      ...place,
      part: contentOf(part),
      sequence_number: this.next(),
    });
  }

  private addCall({ index, id, name, arguments: delta }: AnswerPiece['toolCalls'][number]): void {
    const call = this.calls.get(index) ?? this.openCall(index, id, name);
    if (delta === '') return;
    call.arguments += delta;
    this.emit({
      type: 'response.function_call_arguments.delta',
      item_id: call.id,
      output_index: call.outputIndex,
      delta,
      sequence_number: this.next(),
    });
  }

  private openCall(index: number, callId: string, name: string): OpenCall {
    this.limit.add(callFrame + name.length);
    this.closeMessage('completed');
    const call: OpenCall = {
      id: this.ids.next('fc'),
      outputIndex: this.items,
      callId: callId === '' ? this.ids.next('call') : callId,
      name,
      arguments: '',
    };
    this.items += 1;
    this.calls.set(index, call);
    this.tellAdded(call.outputIndex, callItem(call, 'in_progress'));
    return call;
  }

  private closeCall(call: OpenCall, status: Status): void {
    this.emit({
      type: 'response.function_call_arguments.done',
      item_id: call.id,
      output_index: call.outputIndex,
      name: call.name,
      arguments: call.arguments,
      sequence_number: this.next(),
    });
    this.tellDone(call.outputIndex, callItem(call, status));
  }

  private tellAdded(outputIndex: number, item: ResponseOutputItem): void {
    this.emit({
      type: 'response.output_item.added',
      output_index: outputIndex,
      item,
      sequence_number: this.next(),
    });
  }

  private tellDone(outputIndex: number, item: ResponseOutputItem): void {
    this.done.set(outputIndex, item);
    this.emit({
      type: 'response.output_item.done',
      output_index: outputIndex,
      item,
      sequence_number: this.next(),
    });
  }
}

/** How much of an answer a piece is, in characters. */
function sizeOf({ text, refusal, logprobs, toolCalls }: AnswerPiece): number {
  const ofLogprobs = logprobs.length === 0 ? 0 : JSON.stringify(logprobs).length;
  return toolCalls.reduce(
    (sum, call) => sum + call.arguments.length,
    text.length + refusal.length + ofLogprobs,
  );
}

function contentOf({ kind, text: { text }, logprobs }: OpenPart) {
  return kind === 'output_text'
    ? { type: kind, text, annotations: [], logprobs: [...logprobs] }
    : { type: kind, refusal: text };
}

function callItem(
  { id, callId, name, arguments: text }: OpenCall,
  status: Status | 'in_progress',
): ResponseFunctionToolCall {
  return { type: 'function_call', id, call_id: callId, name, arguments: text, status };
}
