import { createHash } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type OpenAI from 'openai';
import type { Dispatcher } from 'undici';
import type { UpstreamError } from '../platform/errors/app.error.js';
import { BytesInFlight } from '../platform/http/bytes-in-flight.js';
import type { JsonObject } from '../platform/json/fields.js';
import { Metrics } from '../platform/telemetry/metrics.js';
import { Clock } from '../platform/time/clock.js';
import { Settings } from '../config/settings.js';
import { KeySelection, KeyPool } from '../keys/key-pool.js';
import type { AnswerEnd, ModelEvent, Usage } from '../models/model-event.js';
import type { ModelRequest, WantedAnswer } from '../models/model-request.js';
import type {
  AnswerDecoder,
  CompactionDecoder,
  Decoder,
  RawAnswer,
  RelayRequest,
} from './dialects/dialect.js';
import { parseAnswer } from './dialects/parse-answer.js';
import { Dialects, isMissingPath } from './dialects.js';
import {
  AskedQuestion,
  type KnownUpstream,
  type Question,
  type Sent,
  type UpstreamCall,
} from './asked-question.js';
import { readModelList, type ListedModel } from './model-list.js';
import { classify } from './retry/call-failure.js';
import { failedError } from './retry/failure-cause.js';
import { Organizations } from './organizations.js';
import { KnownModels } from './retry/known-models.js';
import { RefusedParameters } from './retry/refused-parameters.js';
import { RetryLoop } from './retry/retry-loop.js';
import type { Sink } from './sink.js';
import { CallWatch } from './transport/call-watch.js';
import { createOpenAiClient } from './transport/openai-client.js';
import { createDispatcher } from './transport/pooled-fetch.js';
import { authHeaders, UpstreamConnection } from './transport/upstream-connection.js';
import { UpstreamMetrics } from './upstream-metrics.js';
import { UpstreamState } from './upstream-state.js';

/** The name of the model service, as long as there is one. */
export const defaultUpstream = 'default';

/** What a model service made of what was said. */
export interface CompactedItems {
  /** In the words of the Responses API. */
  output: readonly JsonObject[];
  usage: Usage | null;
  /** Whose key it was made with. */
  organization: string | null;
}

/** Asks a model: with which key, again after a fault, and without what the model refuses. */
@Injectable()
export class UpstreamService implements OnApplicationShutdown {
  private readonly dispatcher: Dispatcher;
  private readonly known: KnownUpstream;
  private readonly client: OpenAI;
  private readonly dialects: Dialects;
  private readonly models: KnownModels;
  private readonly state = new UpstreamState();
  private readonly metrics: UpstreamMetrics;
  private readonly retryLoop: RetryLoop;

  constructor(
    private readonly settings: Settings,
    private readonly keys: KeyPool,
    inFlight: BytesInFlight,
    clock: Clock,
    metrics: Metrics,
  ) {
    const { upstream, models } = settings;
    this.dispatcher = createDispatcher(upstream);
    this.known = {
      connection: new UpstreamConnection(upstream, this.dispatcher),
      maxAnswerBytes: upstream.maxAnswerBytes,
      inFlight,
      organizations: new Organizations(),
      refusedParameters: new RefusedParameters(),
    };
    this.client = createOpenAiClient(upstream.baseUrl, this.dispatcher);
    this.dialects = new Dialects(upstream);
    this.models = new KnownModels(models);
    this.metrics = new UpstreamMetrics(metrics, models);
    this.retryLoop = new RetryLoop(keys, this.models, this.state, clock, this.metrics);
  }

  /**
   * Asks for an answer and hands what the model says to `write` as it comes. Nothing is asked again
   * once a piece came.
   *
   * @returns how the answer ended, once it is complete
   * @throws UpstreamError, UpstreamRefusedError or UnknownModelError, or the reason of `call.abort`
   */
  async ask(
    request: ModelRequest,
    call: UpstreamCall,
    write: Sink<readonly ModelEvent[]>,
  ): Promise<AnswerEnd> {
    const { decoder, organization } = await this.run<readonly ModelEvent[], AnswerDecoder>(
      {
        model: request.model,
        dialect: () => this.dialects.of(request.form),
        ask: (dialect, recipient) => dialect.ask(request, call.stream, recipient),
        digest: () => digestOf(request),
        fallBack: (spoken, thrown) => this.dialects.fallBack(spoken, thrown),
      },
      call,
      write,
    );
    const { finish, usage, remarks = {}, removed = [] } = decoder;
    for (const reason of removed) this.metrics.removed(reason);
    return { finish: finish ?? 'stop', usage, organization, remarks };
  }

  /**
   * Passes on a caller's own request of the OpenAI API, on the same keys and by the same rules. The
   * answer is handed to `write` as it comes: one JSON text, or the events of a stream. Resolves once
   * it is complete.
   *
   * @throws like {@link ask}
   */
  async relay(
    request: RelayRequest,
    call: UpstreamCall,
    write: Sink<readonly RawAnswer[]>,
  ): Promise<void> {
    const speaks = () => this.dialects.ofRelay(request);
    // What cannot be handed on is the caller's to read, and no attempt.
    const first = speaks();
    const relay = first.relay(request);
    await this.run<readonly RawAnswer[], Decoder<readonly RawAnswer[]>>(
      {
        model: request.model,
        dialect: speaks,
        ask: (dialect, recipient) =>
          (dialect === first ? relay : dialect.relay(request))(recipient),
        digest: () => digestOf(request.body),
        fallBack: (spoken, thrown) => this.dialects.fallBack(spoken, thrown),
      },
      call,
      write,
    );
  }

  /** Whether the model service compacts what it is told by itself, as it is spoken to now. */
  get compactsItself(): boolean {
    return this.dialects.current.compact !== undefined;
  }

  /**
   * Has the model service put what was said into one item that it alone reads.
   *
   * @returns null where it does no such thing
   * @throws like {@link ask}
   */
  async compact(request: ModelRequest, call: UpstreamCall): Promise<CompactedItems | null> {
    const dialect = this.dialects.current;
    const seen = { isMissing: false };
    try {
      const { decoder, organization } = await this.run<readonly JsonObject[], CompactionDecoder>(
        {
          model: request.model,
          dialect: () => dialect,
          ask: (spoken, recipient) => {
            if (!spoken.compact) throw new TypeError(`${spoken.name} has no compaction`);
            return spoken.compact(request, recipient);
          },
          digest: () => digestOf(request),
          fallBack: (_, thrown) => {
            seen.isMissing = isMissingPath(thrown);
            return false;
          },
        },
        call,
        () => undefined,
      );
      return { output: decoder.output, usage: decoder.usage, organization };
    } catch (error) {
      if (seen.isMissing) return null;
      throw error;
    }
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

  /** @throws InvalidFieldError for what the model service has not got, as it is spoken to now */
  check(wanted: WantedAnswer): void {
    this.dialects.current.check(wanted);
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
      const headers = authHeaders(this.settings.upstream.auth, secret);
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

  /** @returns how it was served, once the answer is complete */
  private async run<Piece, Reading extends Decoder<Piece>>(
    question: Question<Reading>,
    call: UpstreamCall,
    write: Sink<Piece>,
  ): Promise<Sent<Reading>> {
    const { model } = question;
    const { upstream, keys } = this.settings;
    const endsAt = performance.now() + upstream.callTimeoutMs;
    const watch = new CallWatch(call.abort, upstream);
    const asked = new AskedQuestion<Piece, Reading>(question, call, watch, this.known);
    const selection = new KeySelection(model, call.affinity ?? null, this.models.has(model));
    try {
      const search = { call: selection, watch, endsAt, waitLeftMs: keys.waitMs };
      await this.retryLoop.ask(asked, search, write);
    } finally {
      watch.end();
    }
    return asked.served;
  }
}

function digestOf(request: object): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('base64');
}
