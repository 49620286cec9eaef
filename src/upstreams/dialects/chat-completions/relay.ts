import type { Usage } from '../../../models/model-event.js';
import { hasExactNumbers } from '../../../platform/json/exact-numbers.js';
import { isJsonObject, listOf, type JsonObject } from '../../../platform/json/fields.js';
import type { Decoder, EncodedRequest, RawAnswer, RelayRequest } from '../dialect.js';
import { choicesIn, finishIn } from './choice-decoder.js';
import { lengthNameOf } from './encode-sampling.js';
import { TruncatedAnswerError } from '../parse-answer.js';
import { usageIn } from '../usage.js';

export function encodeRelay(
  { path, body, maxOutputTokens = null }: RelayRequest,
  refused: ReadonlySet<string>,
): EncodedRequest {
  const name = maxOutputTokens === null ? undefined : lengthNameOf(refused);
  const fields = name === undefined ? {} : { [name]: maxOutputTokens };
  const isExact = hasExactNumbers(body);
  return {
    path,
    body: { ...body, ...fields },
    isExact,
    added: Object.keys(fields),
    expendable: [],
    asked: Object.keys(fields),
  };
}

const mostHeld = 16;
const mostHeldLength = 65_536;

/**
 * Hands on an answer as it came: the same exchange as any other, of which only as much is understood
 * as it takes to know that it is complete. Events that say nothing yet are held back, so that a
 * failure before the first word can still go to another key.
 */
export class RelayDecoder implements Decoder<readonly RawAnswer[]> {
  usage: Usage | null = null;
  hasGoneOn = false;
  isResumed = false;
  private held: RawAnswer[] | null = [];
  private heldLength = 0;
  private readonly begun = new Set<unknown>();
  private readonly finished = new Set<unknown>();
  private isCounted = false;

  /** @param request as its caller made it */
  constructor(private readonly request: RelayRequest) {}

  /** Servers that give one answer, however many are asked for, say no more than that it has ended. */
  get isFinished(): boolean {
    return this.begun.size > 0 && this.finished.size >= this.begun.size;
  }

  get isSettled(): boolean {
    return this.isCounted && this.finished.size >= choicesOf(this.request.body);
  }

  read(event: RawAnswer): readonly RawAnswer[] | null {
    const { value } = event;
    const choices = choicesIn(value);
    this.usage = usageIn(value, choices[0]) ?? this.usage;
    this.isCounted = choices.length === 0 && this.usage !== null;
    for (const choice of choices) this.follow(choice);
    return this.holdBack(event);
  }

  readWhole(answer: RawAnswer): readonly RawAnswer[] {
    const { value } = answer;
    const choices = choicesIn(value);
    if (choices.length === 0 && listOf(value['data']).length === 0)
      throw new TruncatedAnswerError();
    this.usage = usageIn(value, choices[0]);
    for (const choice of choices) this.follow({ ...choice, finish_reason: 'stop' });
    return [this.request.body['stream'] === true ? asEvent(answer) : answer];
  }

  private follow(choice: JsonObject): void {
    // Of one answer there is one choice, whatever stands there.
    const index = choicesOf(this.request.body) === 1 ? 0 : (choice['index'] ?? 0);
    this.begun.add(index);
    if (this.finished.has(index) && saysSomething(choice)) {
      this.hasGoneOn = true;
      this.isResumed = true;
    }
    if (finishIn(choice) === null) return;
    this.finished.add(index);
    this.isResumed = false;
  }

  private holdBack(event: RawAnswer): readonly RawAnswer[] | null {
    if (this.held === null) return [event];
    this.held.push(event);
    this.heldLength += event.data.length;
    const isFull = this.held.length >= mostHeld || this.heldLength >= mostHeldLength;
    const isSilent = !choicesIn(event.value).some(saysSomething);
    if (this.finished.size === 0 && !isFull && isSilent) return null;
    const { held } = this;
    this.held = null;
    return held;
  }
}

/** How many answers a request gets: one for each prompt, `n` times. */
function choicesOf({ n, prompt }: Readonly<Record<string, unknown>>): number {
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt.length : 1;
  return Math.max(1, prompts) * Math.max(1, Number(n ?? 1) || 1);
}

/** Whether a chunk has more in it than the role that every stream begins with. */
function saysSomething({ text, delta }: JsonObject): boolean {
  if (text) return true;
  if (!isJsonObject(delta)) return Boolean(delta);
  return Object.entries(delta).some(([name, value]) => {
    const isSaid = Array.isArray(value) ? value.length > 0 : Boolean(value);
    return name !== 'role' && isSaid;
  });
}

/** A whole answer that came where a stream was asked for, as the one event of a stream. */
function asEvent({ value }: RawAnswer): RawAnswer {
  const choices = choicesIn(value).map(({ message, ...choice }) => {
    return message === undefined ? choice : { ...choice, delta: message };
  });
  const { object } = value;
  const chunk = object === 'chat.completion' ? { object: 'chat.completion.chunk' } : {};
  const event = { ...value, ...chunk, choices };
  return { data: JSON.stringify(event), value: event };
}
