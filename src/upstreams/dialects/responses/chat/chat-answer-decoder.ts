import type { Usage } from '../../../../models/model-event.js';
import { isJsonObject, type JsonObject } from '../../../../platform/json/fields.js';
import { TruncatedAnswerError } from '../../parse-answer.js';
import { usageIn } from '../../usage.js';
import type { Decoder, RawAnswer } from '../../dialect.js';
import { answerFormOf, type AnswerForm } from './answer-form.js';
import { cutReasonOf, headOf, logprobsOf, moderationOf, usageOf } from './chat-completion.js';
import { throwIfFailed } from '../response-decoder.js';
import { isAtWorkAfter } from '../steps.js';
import { ChatDeltas, type ChatDelta } from './chat-deltas.js';
import { toMessage } from './chat-message.js';

/**
 * Reads a response of OpenAI's Responses API, whole or in events, as the chat completion that its
 * caller asked for. Nothing is handed on before the first word, so that a failure before it can still
 * go to another key.
 */
export class ChatAnswerDecoder implements Decoder<readonly RawAnswer[]> {
  usage: Usage | null = null;
  isFinished = false;
  readonly hasGoneOn = false;
  readonly isResumed = false;
  isAtWork = false;
  private readonly form: AnswerForm;
  private readonly deltas: ChatDeltas;
  private response: JsonObject = {};
  private head: JsonObject;
  private hasBegun = false;

  /** @param request the body of `POST /chat/completions` that was translated */
  constructor(request: JsonObject) {
    this.form = answerFormOf(request);
    this.deltas = new ChatDeltas(this.form.usesFunctions);
    this.head = headOf({}, this.form.model);
  }

  get isSettled(): boolean {
    return this.isFinished;
  }

  read({ value }: RawAnswer): readonly RawAnswer[] | null {
    // A response's last event is its end, whatever comes behind it.
    if (this.isFinished) return null;
    throwIfFailed(value);
    this.isAtWork = isAtWorkAfter(value, this.isAtWork);
    const { type, response, obfuscation } = value;
    if (isJsonObject(response)) this.note(response);
    const said = this.deltas.ofEvent(value);
    const chunks = this.toChunks(said, typeof obfuscation === 'string' ? { obfuscation } : {});
    const isIncomplete = type === 'response.incomplete';
    const isEnd = isIncomplete || type === 'response.completed';
    const all = isEnd ? [...chunks, ...this.end(isIncomplete)] : chunks;
    return all.length === 0 ? null : all.map(toAnswer);
  }

  readWhole({ value }: RawAnswer): readonly RawAnswer[] {
    const { status = 'completed', output } = value;
    const isIncomplete = status === 'incomplete';
    const isEnded = isIncomplete || status === 'completed';
    if (!isEnded || !Array.isArray(output)) throw new TruncatedAnswerError();
    this.note(value);
    if (this.form.isStreamed) return this.end(isIncomplete).map(toAnswer);
    return [toAnswer(this.toCompletion(isIncomplete))];
  }

  private note(response: JsonObject): void {
    this.response = response;
    this.head = headOf(response, this.form.model);
  }

  /** The chunks that an answer ends with, and those of what no event said of it. */
  private end(isIncomplete: boolean): JsonObject[] {
    const { response } = this;
    const chunks = this.toChunks(this.deltas.ofOutput(response['output']));
    if (!this.hasBegun) chunks.push(this.beginning());
    chunks.push(this.toChunk({ delta: {}, finish_reason: this.reasonOf(isIncomplete) }));
    const moderation = moderationOf(response);
    if (moderation) chunks.push({ ...this.toChunk(null), moderation });
    const usage = this.finish();
    if (usage && this.form.isCounted) chunks.push({ ...this.toChunk(null), usage });
    return chunks;
  }

  private toCompletion(isIncomplete: boolean): JsonObject {
    const { response } = this;
    const said = this.deltas.ofOutput(response['output']);
    const moderation = moderationOf(response);
    const usage = this.finish();
    return {
      ...this.head,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: toMessage(said),
          logprobs: this.logprobsOf(said),
          finish_reason: this.reasonOf(isIncomplete),
        },
      ],
      ...(moderation ? { moderation } : {}),
      ...(usage ? { usage } : {}),
    };
  }

  /** @returns what it cost, in the words of chat completions; null where the service does not say */
  private finish(): JsonObject | null {
    this.isFinished = true;
    this.usage = usageIn(this.response, null);
    return this.usage && usageOf(this.response, this.usage);
  }

  private reasonOf(isIncomplete: boolean): string {
    if (isIncomplete) return cutReasonOf(this.response);
    if (!this.deltas.hasCalls) return 'stop';
    return this.form.usesFunctions ? 'function_call' : 'tool_calls';
  }

  private toChunks(said: readonly ChatDelta[], others: JsonObject = {}): JsonObject[] {
    const begun = this.hasBegun || said.length === 0 ? [] : [this.beginning()];
    const chunks = said.map((one) => {
      const logprobs = this.logprobsOf([one]);
      return { ...this.toChunk({ delta: one.delta, logprobs, finish_reason: null }), ...others };
    });
    return [...begun, ...chunks];
  }

  private beginning(): JsonObject {
    this.hasBegun = true;
    const delta = { role: 'assistant', content: '', refusal: null };
    return this.toChunk({ delta, finish_reason: null });
  }

  /** @param choice null for what is said of the answer as a whole */
  private toChunk(choice: JsonObject | null): JsonObject {
    return {
      ...this.head,
      object: 'chat.completion.chunk',
      choices: choice ? [{ index: 0, logprobs: null, ...choice }] : [],
      ...(this.form.isCounted ? { usage: null } : {}),
    };
  }

  private logprobsOf(said: readonly ChatDelta[]): JsonObject | null {
    return this.form.isLogged ? logprobsOf(said.flatMap(({ logprobs }) => logprobs)) : null;
  }
}

function toAnswer(value: JsonObject): RawAnswer {
  return { data: JSON.stringify(value), value };
}
