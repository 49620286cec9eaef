import { answerFor, countTokens, finishReasonOf } from './answers.js';
import type { Answer } from './answers.js';
import type { Behaviour } from './behaviour.js';
import { ChatCompletionShape } from './chat-completions.js';
import type { RecordedCall } from './calls.js';
import { findChatFault } from './chat-rules.js';
import type { CallIdentity, CompletionShape, Usage } from './completion-shape.js';
import { TextCompletionShape } from './completions.js';
import type { Exchange } from './exchange.js';
import { embeddingsBody } from './embeddings.js';
import type { HoldGate } from './hold-gate.js';
import type { ModelList } from './models.js';
import { findRefusal, refusal } from './refusals.js';
import type { Refusal } from './refusals.js';
import { chatQuestion, completionQuestion, isRecord } from './request-body.js';
import type { Question } from './request-body.js';
import { namedFailures } from './responses/named-failures.js';
import { noSuchPath } from './responses/response-refusals.js';
import { ResponsesApi } from './responses/responses-api.js';
import type { ServiceProfile } from './service-profile.js';
import { holdCall, pauseFor } from './stream-faults.js';
import { StreamedAnswer } from './streamed-answer.js';
import type { TickWheel } from './tick-wheel.js';

const jsonType = 'application/json';
const modelPath = '/v1/models/';

interface CompletionApi {
  shapeOf(identity: CallIdentity): CompletionShape;
  questionOf(body: Record<string, unknown>): Question;
}

const chatApi: CompletionApi = {
  shapeOf: (identity) => new ChatCompletionShape(identity),
  questionOf: chatQuestion,
};

const textApi: CompletionApi = {
  shapeOf: (identity) => new TextCompletionShape(identity),
  questionOf: completionQuestion,
};

/** Answers one call as its behaviour says. */
export class Responder {
  private readonly responses: ResponsesApi;
  private answeredCount = 0;

  constructor(
    private readonly models: ModelList,
    private readonly gate: HoldGate,
    private readonly wheel: TickWheel,
  ) {
    this.responses = new ResponsesApi(gate, wheel);
  }

  async respond(
    exchange: Exchange,
    method: string,
    behaviour: Behaviour,
    profile: ServiceProfile,
  ): Promise<void> {
    const { call } = exchange;
    if (behaviour.holdBeforeAnswer === true) await holdCall(exchange, this.gate);
    await pauseFor(behaviour.firstByteDelayMs ?? 0, exchange, this.wheel);
    if (exchange.isOver() || behaviour.neverAnswer === true) return;
    if (behaviour.resetConnection === true) {
      exchange.reset();
      return;
    }
    const refused = refusalFor(call, behaviour);
    if (refused !== null) return this.sendPlain(exchange, refused, behaviour);
    switch (`${method} ${call.path}`) {
      case 'POST /v1/chat/completions':
        if (!Array.isArray(call.body.messages) || call.body.messages.length === 0) {
          return this.refuseMissing(exchange, 'messages');
        }
        return this.chat(exchange, behaviour, profile);
      case 'POST /v1/responses':
      case 'POST /v1/responses/compact':
        return this.respondWithItems(exchange, behaviour, profile);
      case 'POST /v1/completions':
        return this.complete(exchange, behaviour, textApi);
      case 'POST /v1/embeddings':
        if (call.model === '') return this.refuseMissing(exchange, 'model');
        return this.sendPlain(exchange, answered(embeddingsBody(call.body)), behaviour);
      case 'GET /v1/models':
        return this.sendPlain(exchange, answered(this.models.body), behaviour);
      default:
        return this.sendPlain(exchange, this.modelOrNotFound(method, call.path), behaviour);
    }
  }

  private chat(exchange: Exchange, behaviour: Behaviour, profile: ServiceProfile): Promise<void> {
    const fault = findChatFault(exchange.call.body, profile);
    if (fault !== null) return this.sendPlain(exchange, fault, behaviour);
    return this.complete(exchange, behaviour, chatApi);
  }

  private async respondWithItems(
    exchange: Exchange,
    behaviour: Behaviour,
    profile: ServiceProfile,
  ): Promise<void> {
    if (profile.hasResponses === false) return this.sendPlain(exchange, noSuchPath, behaviour);
    const answer = exchange.call.path.endsWith('/compact')
      ? this.responses.compact(exchange, profile)
      : await this.responses.create(exchange, behaviour, profile);
    if (answer !== null && !exchange.isOver()) await this.sendPlain(exchange, answer, behaviour);
  }

  private async complete(
    exchange: Exchange,
    behaviour: Behaviour,
    api: CompletionApi,
  ): Promise<void> {
    const { body, model } = exchange.call;
    if (model === '') return this.refuseMissing(exchange, 'model');
    const question = api.questionOf(body);
    const answer = answerFor(behaviour, question.text);
    const usage = behaviour.omitUsage === true ? null : usageOf(question, answer);
    const isStreamed = body.stream === true;
    const hasUsageChunk = isStreamed && usage !== null && asksForUsage(body);
    const shape = api.shapeOf({
      ...this.nextIdentity(model, hasUsageChunk),
      choices: typeof body.n === 'number' ? body.n : 1,
      toolCalls: behaviour.toolCalls ?? [],
    });
    if (isStreamed) {
      const parts = { exchange, behaviour, shape, answer, usage: hasUsageChunk ? usage : null };
      return new StreamedAnswer(parts, this.gate, this.wheel).run();
    }
    const reason = finishReasonOf(behaviour);
    const text = answer.wholeText();
    exchange.call.piecesSent = 1;
    return this.sendPlain(exchange, answered(shape.plainBody(text, reason, usage)), behaviour);
  }

  private async sendPlain(
    exchange: Exchange,
    { status, contentType, body }: Refusal,
    { cutPlainBodyAfterBytes }: Behaviour,
  ): Promise<void> {
    if (cutPlainBodyAfterBytes === undefined) {
      exchange.send(status, contentType, body);
      return;
    }
    const bytes = Buffer.from(body);
    exchange.begin(status, contentType, bytes.length);
    exchange.response.flushHeaders();
    if (cutPlainBodyAfterBytes > 0) {
      exchange.response.write(bytes.subarray(0, cutPlainBodyAfterBytes));
    }
    await exchange.cut();
  }

  private refuseMissing(exchange: Exchange, param: string): Promise<void> {
    const message = `Missing required parameter: '${param}'.`;
    const code = 'missing_required_parameter';
    return this.sendPlain(exchange, refusal(400, { message, param, code }), {});
  }

  private modelOrNotFound(method: string, path: string): Refusal {
    if (method !== 'GET' || !path.startsWith(modelPath)) {
      const message = `Unknown request URL: ${method} ${path}.`;
      return refusal(404, { message, code: 'unknown_url' });
    }
    const id = modelInPath(path);
    const body = this.models.findBody(id);
    if (body !== undefined) return answered(body);
    return refusal(404, { message: `The model '${id}' does not exist`, param: 'model' });
  }

  private nextIdentity(model: string, hasUsageChunk: boolean) {
    this.answeredCount += 1;
    const id = String(this.answeredCount).padStart(12, '0');
    return { id, created: Math.floor(Date.now() / 1000), model, hasUsageChunk };
  }
}

function refusalFor({ body, key }: RecordedCall, behaviour: Behaviour): Refusal | null {
  if (behaviour.failure !== undefined) return namedFailures[behaviour.failure];
  return findRefusal(behaviour, body, key);
}

/** The model that `GET /v1/models/:id` asks for; empty for other paths. */
export function modelInPath(path: string): string {
  if (!path.startsWith(modelPath)) return '';
  const id = path.slice(modelPath.length);
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

function answered(body: string): Refusal {
  return { status: 200, body, contentType: jsonType };
}

function usageOf(question: Question, answer: Answer): Usage {
  return {
    promptTokens: countTokens(question.promptLength),
    completionTokens: countTokens(answer.length),
  };
}

function asksForUsage(body: Record<string, unknown>): boolean {
  return isRecord(body.stream_options) && body.stream_options.include_usage === true;
}
