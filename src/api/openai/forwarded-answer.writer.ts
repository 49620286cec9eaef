import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { Caller } from '../../auth/caller.js';
import { EventStream, eventStreamHeaders } from '../../platform/http/event-stream.js';
import type { Fields } from '../../platform/json/fields.js';
import { mostBodyBytes } from '../../idempotency/ended-answer.js';
import type { IdempotentCall } from '../../idempotency/idempotent-call.js';
import { IdempotentCallsService } from '../../idempotency/idempotent-calls.service.js';
import { Settings } from '../../config/settings.js';
import { InFlightCalls } from '../../platform/lifecycle/in-flight-calls.js';
import type { RelayRequest } from '../../upstreams/dialects/dialect.js';
import { ModelCatalogService } from '../../upstreams/model-catalog.service.js';
import type { UpstreamCall } from '../../upstreams/asked-question.js';
import { UpstreamService } from '../../upstreams/upstream.service.js';
import { CondensedChunks } from './condensed-chunks.js';
import { jsonAnswer } from './json-answer.js';
import { OpenAiErrorFormat } from './openai-error.format.js';

/** Passes a call on to the upstream and writes its answer as it comes. */
@Injectable()
export class ForwardedAnswerWriter {
  constructor(
    private readonly upstream: UpstreamService,
    private readonly inFlightCalls: InFlightCalls,
    private readonly idempotentCalls: IdempotentCallsService,
    private readonly errors: OpenAiErrorFormat,
    private readonly models: ModelCatalogService,
    private readonly settings: Settings,
  ) {}

  /** @throws AppError what is wrong with the call, or what it failed with */
  send(path: RelayRequest['path'], body: Fields, response: Response): Promise<void> {
    return this.pass(path, body, response, null);
  }

  /** The same for a chat completion, which an Idempotency-Key can be sent with. */
  sendOnce(caller: Caller, route: string, body: Fields, response: Response): Promise<void> {
    const request = { route, asked: body.object, response, errors: this.errors };
    return this.idempotentCalls.run(caller, request, (key) =>
      this.pass('/chat/completions', body, response, key),
    );
  }

  private async pass(
    path: RelayRequest['path'],
    body: Fields,
    response: Response,
    key: IdempotentCall | null,
  ): Promise<void> {
    const model = body.requiredText('model');
    this.models.check(model);
    const stream = body.flag('stream') ?? false;
    if (stream && path === '/embeddings') {
      throw body.fault('stream', 'unsupported_parameter', 'Embeddings cannot be streamed');
    }
    const call = { stream, abort: this.inFlightCalls.get(response) };
    const maxOutputTokens = this.boundedLength(path, body);
    const request = { path, model, body: body.object, maxOutputTokens };
    if (stream) await this.passEvents(request, call, response, key);
    else await this.passJson(request, call, response, key);
  }

  /**
   * The longest answer, which the caller leaves open and the operator bounds; null is unbounded.
   *
   * @throws InvalidFieldError where the caller asks for more
   */
  private boundedLength(path: RelayRequest['path'], body: Fields): number | null {
    const { maxOutputTokens, maxChoices } = this.settings.v1;
    if (path === '/embeddings') return null;
    if (maxChoices > 0) {
      for (const name of ['n', 'best_of']) body.integer(name, { min: 1, max: maxChoices });
    }
    if (maxOutputTokens === 0) return null;
    const asked = ['max_tokens', 'max_completion_tokens'].map((name) =>
      body.integer(name, { min: 0, max: maxOutputTokens }),
    );
    return asked.every((tokens) => tokens === null) ? maxOutputTokens : null;
  }

  private async passJson(
    request: RelayRequest,
    call: UpstreamCall,
    response: Response,
    key: IdempotentCall | null,
  ): Promise<void> {
    let text = '';
    await this.upstream.relay(request, call, ([answer]) => {
      text = answer?.data ?? '';
      return undefined;
    });
    if (key) await key.saveAnswer(jsonAnswer(text));
    sendJson(response, text);
  }

  private async passEvents(
    request: RelayRequest,
    call: UpstreamCall,
    response: Response,
    key: IdempotentCall | null,
  ): Promise<void> {
    const events = new EventStream(response);
    // Characters, of which no text has more than bytes: those are counted when it is kept.
    const chunks = key && new CondensedChunks(mostBodyBytes);
    await this.upstream.relay(request, call, (pieces) => {
      let sent: Promise<void> | undefined;
      for (const { data, value } of pieces) {
        chunks?.add(value);
        sent = events.send(data) ?? sent;
      }
      return sent;
    });
    if (key && chunks) {
      await key.saveAnswer({ status: 200, headers: eventStreamHeaders, body: chunks.toText() });
    }
    events.end();
  }
}

/** The upstream's own text: to read and write it again would only lose what nobody here knows. */
function sendJson(response: Response, text: string): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(text);
}
