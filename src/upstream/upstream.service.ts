import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type OpenAI from 'openai';
import type { Dispatcher } from 'undici';
import { AppError } from '../common/errors/app.error.js';
import { Settings } from '../config/settings.js';
import { KeyPool, type ApiKey } from '../keys/key-pool.js';
import type { ModelRequest } from '../providers/model-request.js';
import { classify, isAnswer, type CallFailure } from './call-failure.js';
import { CallWatch } from './call-watch.js';
import { callPlain, callStreaming } from './model-call.js';
import { createOpenAiClient } from './openai-client.js';
import { createDispatcher } from './pooled-fetch.js';
import { readModelList, type ListedModel } from './model-list.js';
import type { PieceReader, Usage } from './piece-reader.js';
import { redact } from './redact.js';
import { RefusedParameters } from './refused-parameters.js';
import {
  KeysCoolingError,
  NoKeysError,
  NoUsableKeyError,
  UpstreamFailedError,
  UpstreamRefusedError,
  UpstreamTimeoutError,
} from './upstream.errors.js';

/** How one call is made. */
export interface UpstreamCall {
  /** Whether the answer comes piece by piece or in one. */
  stream: boolean;
  /** Whoever aborts it, the caller's side or a limit here, gives the reason that the call fails with. */
  abort: AbortController;
}

const maxAttempts = 3;
const firstBackoffMs = 100;

/** Asks a model: with which key, again after a fault, and without what the model refuses. */
@Injectable()
export class UpstreamService implements OnApplicationShutdown {
  private readonly logger = new Logger(UpstreamService.name);
  private readonly dispatcher: Dispatcher;
  private readonly client: OpenAI;
  private readonly refusedParameters = new RefusedParameters();

  constructor(
    private readonly settings: Settings,
    private readonly keys: KeyPool,
  ) {
    this.dispatcher = createDispatcher(settings.upstream);
    this.client = createOpenAiClient(settings.upstream.baseUrl, this.dispatcher);
  }

  /**
   * Asks for an answer and hands its pieces to `take` as they come. Nothing is asked again once a
   * piece came.
   *
   * @returns what the upstream counted, once the answer is complete
   * @throws UpstreamError or UpstreamRefusedError, or the reason of `call.abort`
   */
  async ask(request: ModelRequest, call: UpstreamCall, take: PieceReader): Promise<Usage | null> {
    const watch = new CallWatch(call.abort, this.settings.upstream);
    try {
      return await this.askKeyByKey(request, call, watch, take);
    } finally {
      watch.end();
    }
  }

  /** The models that the upstream offers; none without a key. @throws what the client throws */
  async listModels(): Promise<ListedModel[]> {
    const key = this.keys.any();
    if (!key) return [];
    const answer = await this.client.get('/models', {
      headers: { authorization: `Bearer ${key.secret}` },
      signal: AbortSignal.timeout(this.settings.upstream.firstByteTimeoutMs),
    });
    return readModelList(answer);
  }

  /** Only now: running calls may finish before. */
  async onApplicationShutdown(): Promise<void> {
    await this.dispatcher.destroy();
  }

  /** Moves from key to key and from attempt to attempt until one is served. */
  private async askKeyByKey(
    request: ModelRequest,
    call: UpstreamCall,
    watch: CallWatch,
    take: PieceReader,
  ): Promise<Usage | null> {
    const refused = new Set<ApiKey>();
    const failed = new Set<ApiKey>();
    let faults = 0;
    let key = this.nextKey(refused, failed);
    for (;;) {
      const attempt = await this.attempt(request, call, key, watch, take);
      if (attempt.served) return attempt.usage;
      const { failure, thrown } = attempt;
      switch (failure.type) {
        case 'key':
          this.keys.report(key, failure.signal);
          refused.add(key);
          break;
        case 'fault':
          faults += 1;
          if (faults === maxAttempts) throw this.errorFor(failure, thrown, key, watch);
          failed.add(key);
          await this.backOff(faults, watch);
          break;
        case 'request':
        case 'timeout':
        case 'broken':
          throw this.errorFor(failure, thrown, key, watch);
      }
      key = this.nextKey(refused, failed);
    }
  }

  /**
   * One key, asked again only to leave out a parameter that the model refuses.
   *
   * @throws the error for the caller when it failed after its first piece
   */
  private async attempt(
    request: ModelRequest,
    call: UpstreamCall,
    key: ApiKey,
    watch: CallWatch,
    take: PieceReader,
  ) {
    const wished = call.stream
      ? { ...request.parameters, stream_options: { include_usage: true } }
      : request.parameters;
    const progress = { begun: false };
    const takeServed: PieceReader = (text) => {
      if (!progress.begun) this.keys.report(key, { type: 'served' });
      progress.begun = true;
      return take(text);
    };
    for (;;) {
      const parameters = this.refusedParameters.accepted(request.model, wished);
      const modelCall = { request, parameters, secret: key.secret };
      const send = call.stream ? callStreaming : callPlain;
      try {
        return {
          served: true as const,
          usage: await send(this.client, modelCall, watch, takeServed),
        };
      } catch (thrown) {
        const failure = classify(thrown);
        if (progress.begun) throw this.errorFor(failure, thrown, key, watch);
        watch.throwIfEnded();
        const adapted =
          failure.type === 'request' &&
          this.refusedParameters.learn(request.model, failure.parameter, parameters);
        if (!adapted) return { served: false as const, failure, thrown };
      }
    }
  }

  private nextKey(refused: ReadonlySet<ApiKey>, failed: ReadonlySet<ApiKey>): ApiKey {
    const key = this.keys.next(new Set([...refused, ...failed])) ?? this.keys.next(refused);
    if (key) return key;
    const shortage = this.keys.shortage();
    switch (shortage.type) {
      case 'no-keys':
        throw new NoKeysError();
      case 'none-usable':
        throw new NoUsableKeyError();
      case 'all-cooling':
        throw new KeysCoolingError(Math.ceil(shortage.forMs / 1_000));
    }
  }

  /** Full jitter, so that calls that failed together do not come back together. */
  private async backOff(faults: number, watch: CallWatch): Promise<void> {
    const longestMs = firstBackoffMs * 2 ** (faults - 1);
    await pause(Math.random() * longestMs, undefined, { signal: watch.signal }).catch(() => {
      watch.throwIfEnded();
    });
  }

  private errorFor(failure: CallFailure, thrown: unknown, key: ApiKey, watch: CallWatch): unknown {
    if (watch.signal.aborted) return watch.signal.reason;
    if (thrown instanceof AppError) return thrown;
    if (failure.type === 'timeout') return new UpstreamTimeoutError('idle');
    if (failure.type === 'request') {
      return new UpstreamRefusedError(redact(failure.reason, key.secret));
    }
    this.logger.warn({ event: 'upstream.failed', ...traitsOf(thrown, key.secret) });
    return new UpstreamFailedError();
  }
}

/** What the log may know of a fault: no words of the upstream, which may echo the question or a key. */
function traitsOf(thrown: unknown, secret: string) {
  if (!isAnswer(thrown)) return { name: thrown instanceof Error ? thrown.name : typeof thrown };
  const requestId = /^[\w-]{1,64}$/.exec(redact(thrown.requestID ?? '', secret))?.[0];
  return { name: thrown.name, status: thrown.status, upstreamRequestId: requestId };
}
