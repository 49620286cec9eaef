import type { FinishReason, ModelEvent, Step, Usage } from '../../../models/model-event.js';
import { fromOutput, wordsOf, type OutputItem } from '../../../models/item.js';
import { isJsonObject, listOf, type JsonObject } from '../../../platform/json/fields.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';
import { AnsweredError } from '../answered-error.js';
import type { AnswerDecoder, RawAnswer } from '../dialect.js';
import { TruncatedAnswerError } from '../parse-answer.js';
import { usageIn } from '../usage.js';
import type { Prefix } from './prefix.js';
import {
  indexIn,
  isAtWorkAfter,
  itemAdded,
  itemDone,
  nameOf,
  stepsOf,
  textNames,
  ToldItem,
  withoutWords,
} from './steps.js';

/** What comes between two messages of one answer where it is read as one text. */
const blankLine = '\n\n';

/** Of the final response, what is told of the answer beside its items. */
const remarkable = [
  'service_tier',
  'moderation',
  'prompt_cache_retention',
  'prompt_cache_options',
  'cache_miss',
] as const;

/** A text that is told piece by piece, and the members of events that say which one it is. */
interface OpenText {
  type: string;
  index: number;
  part: unknown;
  summary: unknown;
  kind: string;
  /** Of its length. */
  key: string;
}

/** Reads responses, whole or in events: which say themselves what of an answer they are about. */
export class ResponseDecoder implements AnswerDecoder {
  finish: FinishReason | null = null;
  usage: Usage | null = null;
  remarks: JsonObject = {};
  readonly hasGoneOn = false;
  readonly isResumed = false;
  isAtWork = false;
  /** Why its service left out thoughts that it was told. */
  removed: readonly string[] = [];
  /** Characters of each text that came so far. */
  private readonly lengths = new Map<string, number>();
  private readonly told = new Map<number, ToldItem>();
  private readonly done = new Set<number>();
  /** The ids of the latest item, and of the latest thought. */
  private latest: { after: string | null; thought: string | null } = { after: null, thought: null };
  /** What came last, if that was a piece of a text: most that come are the next of the same. */
  private open: OpenText | null = null;
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
    if (typeof type !== 'string' || this.isFinished) return null;
    throwIfFailed(value);
    this.isAtWork = isAtWorkAfter(value, this.isAtWork);
    if (isJsonObject(response)) return this.readState(type, response);
    if (!isStep(value)) return null;
    const events = this.readStep(value);
    return events.length === 0 ? null : events;
  }

  readWhole({ value }: RawAnswer): readonly ModelEvent[] {
    if (this.isStream) return this.end(value);
    return this.end(value, (step) => {
      const [done] = this.readItem(step);
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
    rest = (step: Step): readonly ModelEvent[] => this.readStep(step),
  ): ModelEvent[] {
    const { output } = response;
    // Some services say no more of what they have said item by item.
    if (!Array.isArray(output) && this.done.size === 0) throw new TruncatedAnswerError();
    const finish = finishOf(response);
    const events = listOf(output).flatMap((item: unknown, index): readonly ModelEvent[] => {
      if (!isJsonObject(item) || this.done.has(index)) return [];
      return rest({ type: itemDone, output_index: index, item });
    });
    if (this.isLacking(finish)) throw new TruncatedAnswerError();
    this.finish = finish;
    this.usage = usageIn(response, null);
    this.removed = removedFrom(response);
    const remarks: Record<string, unknown> = {};
    for (const name of remarkable) if (response[name] != null) remarks[name] = response[name];
    this.remarks = remarks;
    return events;
  }

  /**
   * Whether words or calls that were told are of no item: they could not be kept. A filter takes back
   * what it finds.
   */
  private isLacking(finish: FinishReason): boolean {
    if (finish === 'content_filter') return false;
    return [...this.told].some(([index, { type }]) => {
      if (type === null || this.done.has(index)) return false;
      return type === 'message' || (type !== 'reasoning' && finish === 'stop');
    });
  }

  /** In the order in which the API tells of an item, whatever of it comes late, twice or never. */
  private readStep(step: Step): readonly ModelEvent[] {
    const { open } = this;
    if (open !== null && isOf(step, open)) return this.readDelta(step, open);
    this.open = null;
    const { type, output_index: index, item } = step;
    if (this.done.has(index)) return [];
    if (type === itemDone) {
      if (!isJsonObject(item)) return [];
      if (this.told.get(index)?.hasAll(item)) return this.readItem(step);
      const before = stepsOf(item, index).flatMap((one) => this.readStep(one));
      return [...before, ...this.readItem(step)];
    }
    const told = this.told.get(index) ?? new ToldItem();
    const before = told.before(step);
    // What an item is that has not begun is said at its end.
    if (before === null || told.has(step)) return [];
    this.told.set(index, told);
    const begun = before.flatMap((one) => this.readStep(one));
    told.note(step);
    const pieces = this.readPiece(step);
    return begun.length === 0 ? pieces : [...begun, ...pieces];
  }

  private readPiece(step: Step): readonly ModelEvent[] {
    const { type, output_index: index, item } = step;
    if (type === itemAdded && isJsonObject(item)) {
      return [{ type: 'step', step: { ...step, item: withoutWords(item) } }];
    }
    const { kind, event } = nameOf(step);
    const whole = textNames.get(kind);
    if (whole === undefined) return [{ type: 'step', step }];
    const { content_index: part, summary_index: summary } = step;
    const key = `${kind} ${index} ${indexIn(part)} ${indexIn(summary)}`;
    if (event === 'delta') {
      this.open = { type, index, part, summary, kind, key };
      return this.readDelta(step, this.open);
    }
    const said = this.lengths.get(key) ?? 0;
    // Servers that send texts in no pieces, and what was held back as it might have been a secret.
    const text = step[whole];
    if (typeof text !== 'string' || text.length <= said) return [{ type: 'step', step }];
    const rest = { ...step, type: `${kind}.delta`, delta: text.slice(said) };
    Reflect.deleteProperty(rest, whole);
    this.lengths.set(key, text.length);
    return [this.piece(kind, text.slice(said), rest), { type: 'step', step }];
  }

  private readDelta(step: Step, { kind, key }: OpenText): readonly ModelEvent[] {
    const { delta } = step;
    if (typeof delta !== 'string') return [];
    this.lengths.set(key, (this.lengths.get(key) ?? 0) + delta.length);
    return [this.piece(kind, delta, step)];
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

  private readItem(step: Step): readonly ModelEvent[] {
    const { output_index: index, item } = step;
    if (!isJsonObject(item) || typeof item['type'] !== 'string') return [];
    this.done.add(index);
    const said = fromOutput(unsafeCast<OutputItem>(item));
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

/** @throws AnsweredError for an event that says why there is no answer */
export function throwIfFailed(event: JsonObject): void {
  const { type, response } = event;
  if (type === 'error') throw new AnsweredError(undefined, event, undefined, undefined);
  if (!isJsonObject(response) || response['status'] !== 'failed') return;
  throw new AnsweredError(undefined, { error: response['error'] }, undefined, undefined);
}

function isOf(step: Step, { type, index, part, summary }: OpenText): boolean {
  return (
    step.type === type &&
    step.output_index === index &&
    step['content_index'] === part &&
    step['summary_index'] === summary
  );
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

function removedFrom({ input_transformations: transformations }: JsonObject): string[] {
  return listOf(transformations).flatMap((one) => {
    if (!isJsonObject(one) || one['action'] !== 'removed') return [];
    return [typeof one['reason'] === 'string' ? one['reason'] : 'unknown'];
  });
}
