import type { FinishReason, ModelEvent, Usage } from '../../../models/model-event.js';
import { isJsonObject, listOf, type JsonObject } from '../../../platform/json/fields.js';
import type { AnswerDecoder, RawAnswer } from '../dialect.js';
import { TruncatedAnswerError } from '../parse-answer.js';
import { usageIn } from '../usage.js';

/**
 * The choices of an answer, where there are any: some servers send one without the list around it, and
 * what stands in the list may be anything.
 */
export function choicesIn({ choices }: Readonly<Record<string, unknown>>): readonly JsonObject[] {
  return (Array.isArray(choices) ? choices : [choices]).filter(isJsonObject);
}

/**
 * Why a choice ended, by any server's name for it; null when it has not.
 *
 * @throws TruncatedAnswerError when the server says that it broke off
 */
export function finishIn(choice: JsonObject): FinishReason | null {
  // Some send an empty one with every chunk.
  const reason = textIn(choice['finish_reason']);
  if (reason === '') return null;
  switch (reason.toLowerCase()) {
    case 'length':
    case 'max_tokens':
    case 'max_output_tokens':
    case 'max_length':
    case 'model_length':
      return 'length';
    case 'content_filter':
    case 'safety':
    case 'recitation':
    case 'prohibited_content':
    case 'blocklist':
    case 'spii':
    case 'sensitive':
      return 'content_filter';
    case 'error':
    case 'abort':
    case 'aborted':
    case 'cancelled':
    case 'network_error':
    case 'insufficient_system_resource':
      throw new TruncatedAnswerError();
    default:
      return 'stop';
  }
}

/** What both completions APIs have in common: choices, of which one was asked for, and usage. */
export abstract class ChoiceDecoder implements AnswerDecoder {
  finish: FinishReason | null = null;
  usage: Usage | null = null;
  hasGoneOn = false;
  isResumed = false;
  private isCounted = false;

  get isFinished(): boolean {
    return this.finish !== null;
  }

  get isSettled(): boolean {
    return this.isFinished && this.isCounted;
  }

  read({ value }: RawAnswer): readonly ModelEvent[] | null {
    const [choice] = choicesIn(value);
    const usage = usageIn(value, choice);
    this.usage = usage ?? this.usage;
    if (!choice) {
      this.isCounted = usage !== null && listOf(value['choices']).length === 0;
      return null;
    }
    const wasFinished = this.isFinished;
    const events = this.piecesOf(choice);
    const finish = finishIn(choice);
    // Some end every answer with `stop`, whatever they said before.
    if (finish !== null && (!this.finish || this.finish === 'stop')) this.finish = finish;
    if (this.isFinished) this.addRest(events);
    if (events.length > 0) {
      this.isCounted = false;
      this.hasGoneOn ||= wasFinished;
      this.isResumed = wasFinished;
    }
    if (finish !== null) this.isResumed = false;
    return events.length === 0 ? null : events;
  }

  readWhole({ value }: RawAnswer): readonly ModelEvent[] {
    const [choice] = choicesIn(value);
    if (!choice) throw new TruncatedAnswerError();
    this.usage = usageIn(value, choice);
    const events = this.piecesOf(choice);
    this.finish = finishIn(choice) ?? 'stop';
    this.addRest(events);
    return events;
  }

  /** What a choice of a whole answer, or its part in an event, says. */
  protected abstract piecesOf(choice: JsonObject): ModelEvent[];

  /** Adds what waited for more that the answer's end shows not to come. */
  protected abstract addRest(events: ModelEvent[]): void;
}

/** A text where one is due: numbers are texts that someone forgot to quote. */
export function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

/** Probabilities of a text's tokens. */
export function logprobsIn(choice: JsonObject): readonly JsonObject[] {
  const { logprobs } = choice;
  if (!isJsonObject(logprobs)) return none;
  return listOf(logprobs['content']).filter(isJsonObject);
}

const none: readonly JsonObject[] = [];
