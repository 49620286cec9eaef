import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type OpenAI from 'openai';
import type { Dispatcher } from 'undici';
import { Clock } from '../common/time/clock.js';
import { Settings } from '../config/settings.js';
import { KeyCall, KeyPool } from '../keys/key-pool.js';
import type { ModelRequest } from '../providers/model-request.js';
import type { AnswerEvent, Usage } from './answer-event.js';
import { Attempts, type Question } from './attempts.js';
import { CallWatch } from './call-watch.js';
import { KnownModels } from './known-models.js';
import { callPlain, callStreaming } from './model-call.js';
import { createOpenAiClient } from './openai-client.js';
import { createDispatcher } from './pooled-fetch.js';
import { readModelList, type ListedModel } from './model-list.js';
import { RefusedParameters } from './refused-parameters.js';

/** How one call is made. */
export interface UpstreamCall {
  /** Whether the answer comes piece by piece or in one. */
  stream: boolean;
  /** Whoever aborts it, the caller's side or a limit here, gives the reason that the call fails with. */
  abort: AbortController;
  /** Calls with the same one prefer the same key; a conversation's id. */
  affinity?: string;
}

/** Asks a model: with which key, again after a fault, and without what the model refuses. */
@Injectable()
export class UpstreamService implements OnApplicationShutdown {
  private readonly dispatcher: Dispatcher;
  private readonly client: OpenAI;
  private readonly refusedParameters = new RefusedParameters();
  private readonly models: KnownModels;
  private readonly attempts: Attempts;

  constructor(
    private readonly settings: Settings,
    private readonly keys: KeyPool,
    clock: Clock,
  ) {
    this.dispatcher = createDispatcher(settings.upstream);
    this.client = createOpenAiClient(settings.upstream.baseUrl, this.dispatcher);
    this.models = new KnownModels(settings.models);
    this.attempts = new Attempts(keys, this.models, clock);
  }

  /**
   * The model's answer, asked for as the events are read. Nothing is asked again once a piece came.
   *
   * @throws UpstreamError or UserError, or the reason of `call.abort`
   */
  ask(request: ModelRequest, call: UpstreamCall): AsyncGenerator<AnswerEvent> {
    const { model } = request;
    const wished = call.stream
      ? { ...request.parameters, stream_options: { include_usage: true } }
      : request.parameters;
    let parameters = wished;
    const send = call.stream ? callStreaming : callPlain;
    const question: Question<AnswerEvent> = {
      send: (secret, watch) => {
        parameters = this.refusedParameters.accepted(model, wished);
        return send(this.client, { request, parameters, secret }, watch);
      },
      adapt: (parameter) => this.refusedParameters.learn(model, parameter, parameters),
    };
    return this.run(question, new KeyCall(model, call.affinity ?? null), call.abort, usageOf);
  }

  /** The models that the upstream offers; none without a key. @throws what the client throws */
  async listModels(): Promise<ListedModel[]> {
    const key = this.keys.any();
    return key ? this.listModelsWith(key.secret) : [];
  }

  /** The models that the upstream offers to one key. @throws what the client throws */
  async listModelsWith(secret: string): Promise<ListedModel[]> {
    const answer = await this.client.get('/models', {
      headers: { authorization: `Bearer ${secret}` },
      signal: AbortSignal.timeout(this.settings.upstream.firstByteTimeoutMs),
    });
    const models = readModelList(answer);
    this.models.remember(models);
    return models;
  }

  /** Only now: running calls may finish before. */
  async onApplicationShutdown(): Promise<void> {
    await this.dispatcher.destroy();
  }

  /** @param spent what an event says that the answer cost, if it does */
  private async *run<Event>(
    question: Question<Event>,
    call: KeyCall,
    abort: AbortController,
    spent: (event: Event) => Usage | null,
  ): AsyncGenerator<Event> {
    const endsAt = performance.now() + this.settings.upstream.callTimeoutMs;
    const watch = new CallWatch(abort, this.settings.upstream);
    try {
      const { key, first, rest } = await this.attempts.begin(question, { call, watch, endsAt });
      try {
        yield first;
        for await (const event of rest) {
          const usage = spent(event);
          if (usage) this.keys.recordTokens(key, usage.inputTokens, usage.outputTokens);
          yield event;
        }
      } catch (thrown) {
        if (!watch.signal.aborted) this.keys.recordFailure(key);
        const failure = this.attempts.classify(thrown, call.model);
        throw this.attempts.errorFor(failure, thrown, key, watch);
      } finally {
        // A reader that stops after the first event must not leave the connection open.
        await rest.return(undefined);
      }
    } finally {
      watch.end();
    }
  }
}

function usageOf(event: AnswerEvent): Usage | null {
  return event.type === 'finished' ? event.usage : null;
}
