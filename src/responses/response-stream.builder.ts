import type {
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseOutputText,
} from 'openai/resources/responses/responses';
import type { CompactionItem, Origin } from '../models/item.js';
import type { ModelEvent, Step } from '../models/model-event.js';
import type { IdSource } from '../platform/ids/id-source.js';
import { isJsonObject } from '../platform/json/fields.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { AnswerText } from '../turns/answer-text.js';
import { UpstreamAnswerTooLargeError } from '../upstreams/upstream.errors.js';
import { OpenThought } from './open-thought.js';
import { shownItem, StepRelay } from './step-relay.js';
import type { ResponseEvent } from './response-body.js';

/** Takes events, all but their numbers; a promise asks to wait before there are more. */
type Emit = (event: ResponseEvent) => void;

export type Status = 'completed' | 'incomplete';

type Logprobs = NonNullable<ResponseOutputText['logprobs']>;
type Annotations = ResponseOutputText['annotations'];

/** What an item counts for beside its texts, in characters: it has events of its own. */
const frame = 4_096;

/** A part of the message that is being written. */
interface OpenPart {
  kind: 'output_text' | 'refusal';
  index: number;
  text: AnswerText;
  logprobs: Logprobs;
  /** Those of a text that was held back, which go with what comes next of it. */
  pendingLogprobs: Logprobs;
  annotations: Annotations;
}

interface OpenMessage {
  id: string;
  outputIndex: number;
  parts: OpenPart[];
}

interface OpenCall {
  kind: 'function' | 'custom';
  id: string;
  outputIndex: number;
  callId: string;
  name: string;
  arguments: string;
  extra: unknown;
}

/**
 * Puts the output of a response together from what a model says, and tells every step as an event,
 * in the order in which OpenAI tells them. Thoughts end where something else begins, a message where
 * calls or thoughts begin; calls end with the answer.
 */
export class ResponseStreamBuilder {
  private readonly done = new Map<number, ResponseOutputItem>();
  private thought: OpenThought | null = null;
  private message: OpenMessage | null = null;
  private readonly calls = new Map<number, OpenCall>();
  private readonly steps: StepRelay;
  private readonly made = new Map<string, Omit<Origin, 'organization'>>();
  private items = 0;
  private size = 0;
  private hasSaid = false;

  /**
   * @param next the next event's number
   * @param longest characters of the items that are put together
   */
  constructor(
    private readonly ids: IdSource,
    private readonly emit: Emit,
    private readonly next: () => number,
    private readonly longest: number,
  ) {
    this.steps = new StepRelay(ids, () => {
      this.items += 1;
      return this.items - 1;
    });
  }

  /** Of items that their service told step by step, what is to go back to it, by their ids here. */
  get origins(): ReadonlyMap<string, Omit<Origin, 'organization'>> {
    return this.made;
  }

  /** Whether nothing was said and nothing called; thoughts alone are no answer. */
  get isEmpty(): boolean {
    return !this.hasSaid;
  }

  /** Whether something is called of which nobody knows what it is. */
  get hasNamelessCall(): boolean {
    return [...this.calls.values()].some(({ name }) => name === '');
  }

  /** @throws UpstreamAnswerTooLargeError */
  add(event: ModelEvent): void {
    this.grow(sizeOf(event));
    if ('step' in event) {
      this.passOn(event, event.step);
      return;
    }
    if (event.type === 'reasoning') {
      this.openThought().add(event.text, event.details);
      return;
    }
    this.closeThought('completed');
    switch (event.type) {
      case 'text':
        this.addText('output_text', event.text, unsafeCast<Logprobs>(event.logprobs));
        break;
      case 'refusal':
        this.addText('refusal', event.text, []);
        break;
      case 'annotations':
        this.annotate(event.annotations);
        break;
      case 'call':
        this.openCall(event);
        break;
      case 'arguments':
        this.addArguments(event.call, event.text);
        break;
      case 'extra': {
        const call = this.calls.get(event.call);
        if (call) call.extra = event.extra;
      }
    }
  }

  /** @param isAnswer whether it is what was asked for; else no word of the answer was said yet */
  addCompaction(item: CompactionItem, isAnswer = false): void {
    this.hasSaid ||= isAnswer;
    this.grow(frame + item.encrypted_content.length);
    const outputIndex = this.items;
    this.items += 1;
    const shown = { ...item, id: this.ids.next('cmp') };
    this.emitAdded(outputIndex, shown);
    this.emitDone(outputIndex, shown);
  }

  /** The answer is complete. @returns its items, in order */
  finish(status: Status): ResponseOutputItem[] {
    this.closeThought(status);
    this.closeMessage(status);
    for (const call of this.calls.values()) this.closeCall(call, status);
    return [...this.done].sort(([one], [other]) => one - other).map(([, item]) => item);
  }

  private grow(size: number): void {
    this.size += size;
    if (this.size > this.longest) throw new UpstreamAnswerTooLargeError('MAX_CONVERSATION_BYTES');
  }

  /** What comes as events of the Responses API stays that. */
  private passOn(event: ModelEvent, step: Step): void {
    const place = this.steps.placeOf(step);
    this.emit(this.steps.eventOf(step, place, this.next()));
    if (event.type === 'text' || event.type === 'refusal') this.hasSaid = true;
    if (event.type !== 'item' || !isJsonObject(step['item'])) return;
    this.hasSaid ||= event.item.type !== 'reasoning';
    this.done.set(place.outputIndex, shownItem(step['item'], place.id));
    this.made.set(place.id, event.origin);
  }

  private openThought(): OpenThought {
    if (this.thought) return this.thought;
    this.grow(frame);
    this.closeMessage('completed');
    this.thought = new OpenThought(this.ids.next('rs'), this.items, this.emit, this.next);
    this.items += 1;
    this.emitAdded(this.thought.outputIndex, this.thought.toItem('in_progress'));
    return this.thought;
  }

  private closeThought(status: Status): void {
    const { thought } = this;
    if (!thought) return;
    this.thought = null;
    this.emitDone(thought.outputIndex, thought.close(status));
  }

  private addText(kind: OpenPart['kind'], piece: string, logprobs: Logprobs): void {
    this.hasSaid = true;
    const message = this.openMessage();
    const part = this.openPart(message, kind);
    for (const logprob of logprobs) {
      part.logprobs.push(logprob);
      part.pendingLogprobs.push(logprob);
    }
    this.emitText(message, part, part.text.push(piece));
  }

  private annotate(annotations: readonly unknown[]): void {
    const message = this.openMessage();
    const part = this.openPart(message, 'output_text');
    for (const annotation of annotations) {
      const flat = flattened(annotation);
      part.annotations.push(unsafeCast<Annotations[number]>(flat));
      this.emit({
        type: 'response.output_text.annotation.added',
        item_id: message.id,
        output_index: message.outputIndex,
        content_index: part.index,
        annotation_index: part.annotations.length - 1,
        annotation: flat,
        sequence_number: this.next(),
      });
    }
  }

  private emitText({ id, outputIndex }: OpenMessage, part: OpenPart, delta: string): void {
    if (delta === '') return;
    const logprobs = part.pendingLogprobs;
    part.pendingLogprobs = [];
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
    this.grow(frame);
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
    this.emitAdded(outputIndex, item);
    return this.message;
  }

  private openPart(message: OpenMessage, kind: OpenPart['kind']): OpenPart {
    const open = message.parts.find((part) => part.kind === kind);
    if (open) return open;
    const index = message.parts.length;
    const part: OpenPart = {
      kind,
      index,
      text: new AnswerText(),
      logprobs: [],
      pendingLogprobs: [],
      annotations: [],
    };
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
    this.emitDone(message.outputIndex, item);
  }

  private closePart(message: OpenMessage, part: OpenPart): void {
    this.emitText(message, part, part.text.end());
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

  private openCall({ call, kind, id, name }: ModelEvent & { type: 'call' }): void {
    this.grow(frame);
    this.hasSaid = true;
    this.closeMessage('completed');
    const open: OpenCall = {
      kind,
      id: this.ids.next(kind === 'function' ? 'fc' : 'ctc'),
      outputIndex: this.items,
      callId: id === '' ? this.ids.next('call') : id,
      name,
      arguments: '',
      extra: undefined,
    };
    this.items += 1;
    this.calls.set(call, open);
    this.emitAdded(open.outputIndex, callItem(open, 'in_progress'));
  }

  private addArguments(index: number, delta: string): void {
    const call = this.calls.get(index);
    if (!call) return;
    call.arguments += delta;
    this.emit({
      type:
        call.kind === 'function'
          ? 'response.function_call_arguments.delta'
          : 'response.custom_tool_call_input.delta',
      item_id: call.id,
      output_index: call.outputIndex,
      delta,
      sequence_number: this.next(),
    });
  }

  private closeCall(call: OpenCall, status: Status): void {
    const place = { item_id: call.id, output_index: call.outputIndex };
    if (call.kind === 'function') {
      this.emit({
        type: 'response.function_call_arguments.done',
        ...place,
        name: call.name,
        arguments: call.arguments,
        sequence_number: this.next(),
      });
    } else {
      this.emit({
        type: 'response.custom_tool_call_input.done',
        ...place,
        input: call.arguments,
        sequence_number: this.next(),
      });
    }
    this.emitDone(call.outputIndex, callItem(call, status));
  }

  private emitAdded(outputIndex: number, item: ResponseOutputItem): void {
    this.emit({
      type: 'response.output_item.added',
      output_index: outputIndex,
      item,
      sequence_number: this.next(),
    });
  }

  private emitDone(outputIndex: number, item: ResponseOutputItem): void {
    this.done.set(outputIndex, item);
    this.emit({
      type: 'response.output_item.done',
      output_index: outputIndex,
      item,
      sequence_number: this.next(),
    });
  }
}

/** How much of an answer an event is, in characters. */
function sizeOf(event: ModelEvent): number {
  switch (event.type) {
    case 'text':
      return event.text.length + lengthOf(event.logprobs);
    case 'reasoning':
      return event.text.length + lengthOf(event.details);
    case 'annotations':
      return lengthOf(event.annotations);
    case 'call':
      return event.name.length;
    case 'extra':
      return JSON.stringify(event.extra).length;
    case 'refusal':
    case 'arguments':
      return event.text.length;
    case 'step':
      return typeof event.step['delta'] === 'string' ? event.step['delta'].length : 0;
    case 'item':
      // The texts of a message came before.
      return event.item.type === 'message' ? frame : JSON.stringify(event.item).length;
  }
}

function lengthOf(list: readonly unknown[]): number {
  return list.length === 0 ? 0 : JSON.stringify(list).length;
}

/** Chat completions have what an annotation says in a member of its type's name. */
function flattened(annotation: unknown): unknown {
  if (!isJsonObject(annotation)) return annotation;
  const { type, ...rest } = annotation;
  const inner = typeof type === 'string' ? rest[type] : undefined;
  return isJsonObject(inner) ? { type, ...inner } : annotation;
}

function contentOf({ kind, text: { text }, logprobs, annotations }: OpenPart) {
  return kind === 'output_text'
    ? { type: kind, text, annotations: [...annotations], logprobs: [...logprobs] }
    : { type: kind, refusal: text };
}

function callItem(
  { kind, id, callId, name, arguments: text, extra }: OpenCall,
  status: Status | 'in_progress',
): ResponseOutputItem {
  const more = extra === undefined ? {} : { extra_content: extra };
  return kind === 'function'
    ? { type: 'function_call', id, call_id: callId, name, arguments: text, status, ...more }
    : unsafeCast<ResponseOutputItem>({
        type: 'custom_tool_call',
        id,
        call_id: callId,
        name,
        input: text,
        status,
        ...more,
      });
}
