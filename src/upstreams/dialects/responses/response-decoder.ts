import type { FinishReason, ModelEvent, Step, Usage } from '../../../models/model-event.js';
import { fromOutput, wordsOf } from '../../../models/item.js';
import { isJsonObject, listOf, type JsonObject } from '../../../platform/json/fields.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';
import { AnsweredError } from '../answered-error.js';
import type { AnswerDecoder, RawAnswer } from '../dialect.js';
import { TruncatedAnswerError } from '../parse-answer.js';
import { usageIn } from '../usage.js';
import type { Prefix } from './prefix.js';
import { stepsOf, type ToldItem } from './steps.js';

/** What comes between two messages of one answer where it is read as one text. */
const blankLine = '\n\n';

/** Of an event about a text: of which kind that is, and what has all of it where it is the text's end. */
interface TextEvent {
  kind: string;
  whole: string | null;
}

const textEvents: ReadonlyMap<string, TextEvent> = new Map(
  [
    ['response.output_text', 'text'],
    ['response.refusal', 'refusal'],
    ['response.function_call_arguments', 'arguments'],
    ['response.custom_tool_call_input', 'input'],
    ['response.reasoning_summary_text', 'text'],
    ['response.reasoning_text', 'text'],
    ['response.mcp_call_arguments', 'arguments'],
    ['response.code_interpreter_call_code', 'code'],
  ].flatMap(([kind = '', whole = '']): [string, TextEvent][] => [
    [`${kind}.delta`, { kind, whole: null }],
    [`${kind}.done`, { kind, whole }],
  ]),
);

/** How many characters of a text came so far. */
interface TextSoFar {
  kind: string;
  index: number;
  part: unknown;
  summary: unknown;
  length: number;
}

/** Of the final response, what is told of the answer beside its items. */
const remarkable = [
  'service_tier',
  'moderation',
  'prompt_cache_retention',
  'prompt_cache_options',
  'cache_miss',
] as const;

/** Reads responses, whole or in events: which say themselves what of an answer they are about. */
export class ResponseDecoder implements AnswerDecoder {
  finish: FinishReason | null = null;
  usage: Usage | null = null;
  remarks: JsonObject = {};
  readonly hasGoneOn = false;
  readonly isResumed = false;
  /** Why its service left out thoughts that it was told. */
  removed: readonly string[] = [];
  private readonly texts = new Map<string, TextSoFar>();
  /** The one that came last. */
  private text: TextSoFar | null = null;
  private readonly told = new Map<number, ToldItem>();
  private readonly done = new Set<number>();
  /** The ids of the latest item, and of the latest thought. */
  private latest: { after: string | null; thought: string | null } = { after: null, thought: null };
  /** The message whose text came last. */
  private speaking: number | null = null;

  /**
   * @param prefix of all that the answer is made behind
   * @param isStream whether events are wanted of an answer that comes whole
   */
  constructor(
    private readonly prefix: Prefix,
    private readonly isStream = true,
  ) {}

  get isFinished(): boolean {
    return this.finish !== null;
  }

  get isSettled(): boolean {
    return this.isFinished;
  }

  read({ value }: RawAnswer): readonly ModelEvent[] | null {
    const { type, response } = value;
    if (typeof type !== 'string') return null;
    if (type === 'error') throw new AnsweredError(undefined, value, undefined, undefined);
    if (isJsonObject(response)) return this.readState(type, response);
    return isStep(value) ? this.readStep(value) : null;
  }

  readWhole({ value }: RawAnswer): readonly ModelEvent[] {
    if (this.isStream) return this.end(value);
    return this.end(value, (item, index) => {
      const step: Step = { type: 'response.output_item.done', output_index: index, item };
      const [done] = this.readItem(step) ?? [];
      if (done?.type !== 'item') return [];
      const { type } = done.item;
      const words = type === 'message' ? this.joined(wordsOf(done.item.content), step) : '';
      return [words === '' ? done : { ...done, words }];
    });
  }

  private readState(type: string, response: JsonObject): readonly ModelEvent[] | null {
    switch (type) {
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
      case 'response.cancelled': {
        const events = this.end(response);
        return events.length === 0 ? null : events;
      }
      default:
        return null;
    }
  }

  /** The final response: what of its items did not come before comes now. */
  private end(
    response: JsonObject,
    rest = (item: JsonObject, index: number): readonly ModelEvent[] =>
      stepsOf(item, index, this.told.get(index)).flatMap((step) => this.readStep(step) ?? []),
  ): ModelEvent[] {
    const { status, output } = response;
    if (status === 'failed') throw failureOf(response);
    if (!Array.isArray(output)) throw new TruncatedAnswerError();
    const finish = finishOf(response);
    const events: ModelEvent[] = [];
    for (const [index, item] of unsafeCast<unknown[]>(output).entries()) {
      if (isJsonObject(item) && !this.done.has(index)) events.push(...rest(item, index));
    }
    this.finish = finish;
    this.usage = usageIn(response, null);
    this.removed = removedFrom(response);
    const remarks: Record<string, unknown> = {};
    for (const name of remarkable) if (response[name] != null) remarks[name] = response[name];
    this.remarks = remarks;
    return events;
  }

  private readStep(step: Step): readonly ModelEvent[] | null {
    const { type } = step;
    this.note(step);
    if (type === 'response.output_item.done') return this.readItem(step);
    const event = textEvents.get(type);
    if (!event) return [{ type: 'step', step }];
    const { kind, whole } = event;
    const said = this.textOf(kind, step);
    if (whole === null) {
      const { delta } = step;
      if (typeof delta !== 'string') return null;
      said.length += delta.length;
      return [this.piece(kind, delta, step)];
    }
    // Servers that send texts in no pieces, and what was held back as it might have been a secret.
    const text = step[whole];
    if (typeof text !== 'string' || text.length <= said.length) return [{ type: 'step', step }];
    const missing = text.slice(said.length);
    const rest = { ...step, type: `${kind}.delta`, delta: missing };
    Reflect.deleteProperty(rest, whole);
    said.length = text.length;
    return [this.piece(kind, missing, rest), { type: 'step', step }];
  }

  private textOf(kind: string, step: Step): TextSoFar {
    const { output_index: index, content_index: part, summary_index: summary } = step;
    const { text: last } = this;
    const isIts = last?.index === index && last.part === part && last.summary === summary;
    // Most pieces go on with the one before.
    if (isIts && last.kind === kind) return last;
    const key = `${kind} ${index} ${Number(part)} ${Number(summary)}`;
    const text = this.texts.get(key) ?? { kind, index, part, summary, length: 0 };
    this.texts.set(key, text);
    this.text = text;
    return text;
  }

  private note({ type, output_index: index, content_index: part }: Step): void {
    switch (type) {
      case 'response.output_item.added':
        this.toldOf(index).begun = true;
        break;
      case 'response.content_part.added':
        this.toldOf(index).parts.set(part, 'begun');
        break;
      case 'response.content_part.done':
        this.toldOf(index).parts.set(part, 'done');
        break;
      default:
    }
  }

  private toldOf(index: number): ToldItem {
    const told = this.told.get(index) ?? { begun: false, parts: new Map() };
    this.told.set(index, told);
    return told;
  }

  private piece(kind: string, delta: string, step: Step): ModelEvent {
    switch (kind) {
      case 'response.output_text':
        return { type: 'text', text: this.joined(delta, step), logprobs: [], step };
      case 'response.refusal':
        return { type: 'refusal', text: this.joined(delta, step), step };
      default:
        return { type: 'step', step };
    }
  }

  private joined(delta: string, { output_index: index }: Step): string {
    const before = this.speaking;
    this.speaking = index;
    return before === null || before === index ? delta : blankLine + delta;
  }

  private readItem(step: Step): readonly ModelEvent[] | null {
    const { output_index: index, item } = step;
    if (!isJsonObject(item) || typeof item['type'] !== 'string') return null;
    this.done.add(index);
    const said = fromOutput(item);
    const id = typeof item['id'] === 'string' ? item['id'] : null;
    const isThought = said.type === 'reasoning';
    const { after, thought } = this.latest;
    const prefix = isThought ? this.prefix.digest() : null;
    const origin = { id, prefix, after, thought };
    this.latest = { after: id, thought: isThought ? id : thought };
    this.prefix.add(said);
    return [{ type: 'item', item: said, origin, step }];
  }
}

function isStep(value: JsonObject): value is Step {
  return typeof value['output_index'] === 'number' && typeof value['type'] === 'string';
}

/** @throws TruncatedAnswerError where it has not ended */
function finishOf({ status, incomplete_details: details }: JsonObject): FinishReason {
  switch (status) {
    case 'completed':
    case undefined:
      return 'stop';
    case 'incomplete': {
      const reason = isJsonObject(details) ? details['reason'] : null;
      return reason === 'content_filter' ? 'content_filter' : 'length';
    }
    default:
      throw new TruncatedAnswerError();
  }
}

function failureOf({ error }: JsonObject): AnsweredError {
  return new AnsweredError(undefined, { error }, undefined, undefined);
}

function removedFrom({ input_transformations: transformations }: JsonObject): string[] {
  return listOf(transformations).flatMap((one) => {
    if (!isJsonObject(one) || one['action'] !== 'removed') return [];
    return [typeof one['reason'] === 'string' ? one['reason'] : 'unknown'];
  });
}
