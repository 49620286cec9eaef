import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type OpenAI from 'openai';
import type { Dispatcher } from 'undici';
import { AppError } from '../common/errors/app.error.js';
import { Settings } from '../config/settings.js';
import { KeyPool, type ApiKey } from '../keys/key-pool.js';
import type { ModelRequest } from '../providers/model-request.js';
import { classify, isAnswer, reasonOf, type CallFailure } from './call-failure.js';
import { CallWatch } from './call-watch.js';
import { forwardPlain, forwardStreaming, type Forwarded, type ForwardRequest } from './forward.js';
import { callPlain, callStreaming } from './model-call.js';
import { createOpenAiClient } from './openai-client.js';
import { createDispatcher } from './pooled-fetch.js';
import { readModelList, type ListedModel } from './model-list.js';
import type { PieceReader, Reader, Usage } from './piece-reader.js';
import { redact } from './redact.js';
import { RefusedParameters } from './refused-parameters.js';
import {
  KeysCoolingError,
  NoKeysError,
  NoUsableKeyError,
  UnknownModelError,
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

/** One way of asking, tried with key after key. */
interface Question<Piece, Result> {
  /** Sends it with one key. */
  send(secret: string, watch: CallWatch, take: Reader<Piece>): Promise<Result>;
  /** Whether a refusal taught to ask differently, so that the same key is worth another try. */
  adapt(parameter: string | null): boolean;
  /** The error of a failure that only this kind of question knows; null leaves it to the rest. */
  explain?(thrown: unknown, secret: string): AppError | null;
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
  ask(request: ModelRequest, call: UpstreamCall, take: PieceReader): Promise<Usage | null> {
    const { model } = request;
    const wished = call.stream
      ? { ...request.parameters, stream_options: { include_usage: true } }
      : request.parameters;
    let parameters = wished;
    const send = call.stream ? callStreaming : callPlain;
    const question: Question<string, Usage | null> = {
      send: (secret, watch, takePiece) => {
        parameters = this.refusedParameters.accepted(model, wished);
        return send(this.client, { request, parameters, secret }, watch, takePiece);
      },
      adapt: (parameter) => this.refusedParameters.learn(model, parameter, parameters),
    };
    return this.run(question, call, take);
  }

  /**
   * Passes on a caller's own request of the OpenAI API, on the same keys and by the same rules. The
   * answer is handed to `take` as it comes: one JSON text, or the `data` of each event of a stream.
   * Resolves once it is complete.
   *
   * @throws like {@link ask}, and UnknownModelError
   */
  forward(request: ForwardRequest, call: UpstreamCall, take: Reader<Forwarded>): Promise<void> {
    const { model, parameters: wished = {} } = request;
    let parameters = wished;
    const send = call.stream ? forwardStreaming : forwardPlain;
    const question: Question<Forwarded, void> = {
      send: (secret, watch, takeAnswer) => {
        parameters = this.refusedParameters.accepted(model, wished);
        return send(this.client, { ...request, parameters, secret }, watch, takeAnswer);
      },
      adapt: (parameter) => this.refusedParameters.learn(model, parameter, parameters),
      explain: unknownModel,
    };
    return this.run(question, call, take);
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

  private async run<Piece, Result>(
    question: Question<Piece, Result>,
    call: UpstreamCall,
    take: Reader<Piece>,
  ): Promise<Result> {
    const watch = new CallWatch(call.abort, this.settings.upstream);
    try {
      return await this.askKeyByKey(question, watch, take);
    } finally {
      watch.end();
    }
  }

  /** Moves from key to key and from attempt to attempt until one is served. */
  private async askKeyByKey<Piece, Result>(
    question: Question<Piece, Result>,
    watch: CallWatch,
    take: Reader<Piece>,
  ): Promise<Result> {
    const refused = new Set<ApiKey>();
    const failed = new Set<ApiKey>();
    let faults = 0;
    let key = this.nextKey(refused, failed);
    for (;;) {
      const attempt = await this.attempt(question, key, watch, take);
      if (attempt.served) return attempt.result;
      const { failure, thrown } = attempt;
      const explained = question.explain?.(thrown, key.secret);
      if (explained) throw explained;
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
  private async attempt<Piece, Result>(
    question: Question<Piece, Result>,
    key: ApiKey,
    watch: CallWatch,
    take: Reader<Piece>,
  ) {
    const progress = { begun: false };
    const takeServed: Reader<Piece> = (piece) => {
      if (!progress.begun) this.keys.report(key, { type: 'served' });
      progress.begun = true;
      return take(piece);
    };
    for (;;) {
      try {
        return {
          served: true as const,
          result: await question.send(key.secret, watch, takeServed),
        };
      } catch (thrown) {
        const failure = classify(thrown);
        if (progress.begun) throw this.errorFor(failure, thrown, key, watch);
        watch.throwIfEnded();
        const adapted = failure.type === 'request' && question.adapt(failure.parameter);
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
      return refusalOf(failure, thrown, key.secret);
    }
    this.logger.warn({ event: 'upstream.failed', ...traitsOf(thrown, key.secret) });
    return new UpstreamFailedError();
  }
}

/** The upstream's own reason, and what else it says about the caller's fault. */
function refusalOf(
  { reason, parameter }: CallFailure & { type: 'request' },
  thrown: unknown,
  secret: string,
): UpstreamRefusedError {
  return new UpstreamRefusedError(redact(reason, secret), {
    parameter: parameter === null ? null : redact(parameter, secret),
    code: isAnswer(thrown) && thrown.code ? redact(thrown.code, secret) : null,
  });
}

/** Whoever chose the model must hear that there is none of that name. */
function unknownModel(thrown: unknown, secret: string): AppError | null {
  if (!isAnswer(thrown) || thrown.status !== 404) return null;
  return new UnknownModelError(redact(reasonOf(thrown), secret));
}

/** What the log may know of a fault: no words of the upstream, which may echo the question or a key. */
function traitsOf(thrown: unknown, secret: string) {
  if (!isAnswer(thrown)) return { name: thrown instanceof Error ? thrown.name : typeof thrown };
  const requestId = /^[\w-]{1,64}$/.exec(redact(thrown.requestID ?? '', secret))?.[0];
  return { name: thrown.name, status: thrown.status, upstreamRequestId: requestId };
}
