import { createHash } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type OpenAI from 'openai';
import type { Dispatcher } from 'undici';
import type { UpstreamError } from '../platform/errors/app.error.js';
import { Metrics } from '../platform/telemetry/metrics.js';
import { Clock } from '../platform/time/clock.js';
import { Settings } from '../config/settings.js';
import { KeySelection, KeyPool } from '../keys/key-pool.js';
import type { ModelRequest } from '../models/model-request.js';
import { RetryLoop, type UpstreamOperation } from './retry/retry-loop.js';
import { classify } from './retry/call-failure.js';
import { CallWatch } from './transport/call-watch.js';
import { failedError } from './retry/failure-cause.js';
import { KnownModels } from './retry/known-models.js';
import {
  forwardPlain,
  forwardStreaming,
  type ForwardRequest,
} from './dialects/chat-completions/forward.js';
import type { Forwarded } from './dialects/chat-completions/forwarded.js';
import { callPlain, callStreaming } from './dialects/chat-completions/model-call.js';
import { createOpenAiClient } from './transport/openai-client.js';
import { parseAnswer } from './dialects/chat-completions/parse-answer.js';
import type { PieceReader, Reader, Usage } from './piece-reader.js';
import { createDispatcher } from './transport/pooled-fetch.js';
import { readModelList, type ListedModel } from './model-list.js';
import { isLength, RefusedParameters } from './retry/refused-parameters.js';
import { UpstreamMetrics } from './upstream-metrics.js';
import { UpstreamState } from './upstream-state.js';

/** How one call is made. */
export interface UpstreamCall {
  /** Whether the answer comes piece by piece or in one. */
  stream: boolean;
  /** Whoever aborts it, the caller's side or a limit here, gives the reason that the call fails with. */
  abort: AbortController;
  /** Calls with the same one prefer the same key; a conversation's id. */
  affinity?: string | null;
}

/** Asks a model: with which key, again after a fault, and without what the model refuses. */
@Injectable()
export class UpstreamService implements OnApplicationShutdown {
  private readonly dispatcher: Dispatcher;
  private readonly client: OpenAI;
  private readonly refusedParameters = new RefusedParameters();
  private readonly models: KnownModels;
  private readonly state = new UpstreamState();
  private readonly retryLoop: RetryLoop;

  constructor(
    private readonly settings: Settings,
    private readonly keys: KeyPool,
    clock: Clock,
    metrics: Metrics,
  ) {
    this.dispatcher = createDispatcher(settings.upstream);
    this.client = createOpenAiClient(settings.upstream.baseUrl, this.dispatcher);
    this.models = new KnownModels(settings.models);
    const figures = new UpstreamMetrics(metrics, settings.models);
    this.retryLoop = new RetryLoop(keys, this.models, this.state, clock, figures);
  }

  /**
   * Asks for an answer and hands its pieces to `take` as they come. Nothing is asked again once a
   * piece came.
   *
   * @returns what the upstream counted, once the answer is complete
   * @throws UpstreamError, UpstreamRefusedError or UnknownModelError, or the reason of `call.abort`
   */
  ask(request: ModelRequest, call: UpstreamCall, take: PieceReader): Promise<Usage | null> {
    const { model } = request;
    const wished = call.stream
      ? { ...request.parameters, stream_options: { include_usage: true } }
      : request.parameters;
    let parameters = wished;
    const send = call.stream ? callStreaming : callPlain;
    const question: UpstreamOperation<string, Usage | null> = {
      send: (secret, watch, takePiece) => {
        parameters = this.refusedParameters.accepted(model, wished);
        return send(this.client, { request, parameters, secret }, watch, takePiece);
      },
      digest: () => digestOf(request),
      adapt: ({ parameter }) => this.refusedParameters.learn(model, parameter, parameters),
      usageOf: (usage) => usage,
    };
    return this.run(question, model, call, take);
  }

  /**
   * Passes on a caller's own request of the OpenAI API, on the same keys and by the same rules. The
   * answer is handed to `take` as it comes: one JSON text, or the `data` of each event of a stream.
   * Resolves once it is complete.
   *
   * @throws like {@link ask}, and UnknownModelError
   */
  async forward(
    request: ForwardRequest,
    call: UpstreamCall,
    take: Reader<Forwarded>,
  ): Promise<void> {
    const { model, parameters: wished = {} } = request;
    let parameters = wished;
    const send = call.stream ? forwardStreaming : forwardPlain;
    const question: UpstreamOperation<Forwarded, Usage | null> = {
      send: (secret, watch, takeAnswer) => {
        parameters = this.refusedParameters.accepted(model, wished);
        return send(this.client, { ...request, parameters, secret }, watch, takeAnswer);
      },
      digest: () => digestOf(request.body),
      // How long the answer may be is the caller's word here, or the operator's.
      adapt: ({ parameter, isAboutValue }) =>
        !(isAboutValue && isLength(parameter)) &&
        this.refusedParameters.learn(model, parameter, parameters),
      usageOf: (usage) => usage,
    };
    await this.run(question, model, call, take);
  }

  /**
   * The models that the upstream offers, asked with up to three keys where it refuses them; null
   * without a key.
   *
   * @throws like {@link listModelsWith}
   */
  async listModels(): Promise<ListedModel[] | null> {
    const signal = this.listTimeout();
    const keys = this.keys.some();
    for (const [index, { secret }] of keys.entries()) {
      try {
        return await this.listModelsWith(secret, signal);
      } catch (error) {
        if (index === keys.length - 1 || classify(error).type !== 'key') throw error;
      }
    }
    return null;
  }

  /** What the latest call came to that neither a key nor a request was to blame for; null is well. */
  get failure(): UpstreamError | null {
    return this.state.failure;
  }

  /**
   * The models that the upstream offers to one key.
   *
   * @throws what the client throws, or what an answer is refused with that is no list
   */
  async listModelsWith(secret: string, signal = this.listTimeout()): Promise<ListedModel[]> {
    try {
      const headers = { authorization: `Bearer ${secret}` };
      const response = await this.client.get('/models', { headers, signal }).asResponse();
      const models = readModelList(parseAnswer(await response.text(), response.headers));
      this.models.remember(models);
      this.state.failure = null;
      return models;
    } catch (thrown) {
      // Calls may be served where there is no such list.
      if (classify(thrown).type === 'fault') this.state.failure = failedError(thrown, null);
      throw thrown;
    }
  }

  /** Only now: running calls may finish before. */
  async onApplicationShutdown(): Promise<void> {
    await this.dispatcher.destroy();
  }

  private listTimeout(): AbortSignal {
    return AbortSignal.timeout(this.settings.upstream.firstByteTimeoutMs);
  }

  private async run<Piece, Result>(
    question: UpstreamOperation<Piece, Result>,
    model: string,
    { abort, affinity }: UpstreamCall,
    take: Reader<Piece>,
  ): Promise<Result> {
    const endsAt = performance.now() + this.settings.upstream.callTimeoutMs;
    const waitLeftMs = this.settings.keys.waitMs;
    const watch = new CallWatch(abort, this.settings.upstream);
    try {
      const call = new KeySelection(model, affinity ?? null, this.models.has(model));
      return await this.retryLoop.ask(question, { call, watch, endsAt, waitLeftMs }, take);
    } finally {
      watch.end();
    }
  }
}

function digestOf(request: object): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('base64');
}
