import type { BytesInFlight } from '../platform/http/bytes-in-flight.js';
import type { ApiKey } from '../keys/key-pool.js';
import type { Usage } from '../models/model-event.js';
import type { Decoder, Dialect, Exchangeable, Recipient } from './dialects/dialect.js';
import { exchange } from './exchange.js';
import type { Organizations } from './organizations.js';
import { isAnswer, type CallFailure } from './retry/call-failure.js';
import { Adaptation, type RefusedParameters } from './retry/refused-parameters.js';
import type { UpstreamOperation } from './retry/retry-loop.js';
import type { Sink } from './sink.js';
import type { CallWatch } from './transport/call-watch.js';
import type { UpstreamConnection } from './transport/upstream-connection.js';

/** What is asked, whoever put it into words. */
export interface Question<Reading> {
  model: string;
  /** As it is spoken to now. */
  dialect(): Dialect;
  ask(dialect: Dialect, recipient: Recipient): Exchangeable<Reading>;
  /** The same for questions that ask the same. */
  digest(): string;
  /** Whether it is to be asked again, as its service is spoken to now. */
  fallBack(spoken: Dialect, thrown: unknown): boolean;
}

/** How a question was sent last, and who reads the answer to it. */
export interface Sent<Reading> extends Exchangeable<Reading> {
  dialect: Dialect;
  /** Whose key it was answered with. */
  organization: string | null;
}

/** How one call is made. */
export interface UpstreamCall {
  /** Whether the answer comes piece by piece or in one. */
  stream: boolean;
  /** Whoever aborts it, the caller's side or a limit here, gives the reason that the call fails with. */
  abort: AbortController;
  /** Calls with the same one prefer the same key; a conversation's id. */
  affinity?: string | null;
}

/** The model service, and what all calls know of it. */
export interface KnownUpstream {
  connection: UpstreamConnection;
  /** The longest answer, in bytes. */
  maxAnswerBytes: number;
  /** What all calls together hold. */
  inFlight: BytesInFlight;
  organizations: Organizations;
  refusedParameters: RefusedParameters;
}

/** One question as it is put to key after key, and what its refusals taught of how to put it. */
export class AskedQuestion<
  Piece,
  Reading extends Decoder<Piece>,
> implements UpstreamOperation<Piece> {
  private readonly adaptation: Adaptation;
  private last: Sent<Reading> | null = null;
  /** What the model thought before is left out. */
  private refusesThoughts = false;

  constructor(
    private readonly question: Question<Reading>,
    private readonly call: UpstreamCall,
    private readonly watch: CallWatch,
    private readonly upstream: KnownUpstream,
  ) {
    this.adaptation = new Adaptation(upstream.refusedParameters, question.model);
  }

  /** How it was sent when it was served. */
  get served(): Sent<Reading> {
    // Nothing is served that was not sent.
    if (this.last === null) throw new TypeError('Nothing was sent');
    return this.last;
  }

  digest(): string {
    return this.question.digest();
  }

  async send(key: ApiKey, write: Sink<Piece>): Promise<Usage | null> {
    const dialect = this.question.dialect();
    try {
      return await this.sendAs(dialect, key, write);
    } catch (thrown) {
      if (!this.question.fallBack(dialect, thrown) && !this.lacksThoughts(dialect, thrown)) {
        throw thrown;
      }
    }
    return this.sendAs(this.question.dialect(), key, write);
  }

  adapt(refusal: CallFailure & { type: 'request' }, thrown: unknown): boolean {
    if (this.last === null) return false;
    const { dialect, request } = this.last;
    return this.learnsOfThoughts(dialect, thrown) || this.adaptation.adapt(refusal, request);
  }

  private async sendAs(dialect: Dialect, key: ApiKey, write: Sink<Piece>): Promise<Usage | null> {
    const { call, upstream, watch, adaptation, refusesThoughts } = this;
    const { connection, maxAnswerBytes, inFlight, organizations } = upstream;
    const { secret } = key;
    const asked = this.question.ask(dialect, {
      refused: adaptation.refused,
      isOf: (organization) => organizations.mayBeOf(key, organization),
      affinity: call.affinity ?? null,
      refusesThoughts,
    });
    const { request, decoder } = asked;
    const sent: Sent<Reading> = { ...asked, dialect, organization: null };
    this.last = sent;
    const filter = dialect.filter(secret);
    const headers = await exchange(
      connection,
      { request, secret, stream: call.stream, maxAnswerBytes, inFlight, filter },
      decoder,
      watch,
      write,
    );
    sent.organization = organizations.learn(key, headers);
    adaptation.succeeded(request.added);
    return decoder.usage;
  }

  /** What it does not keep some services call not found: nobody's fault is in that. */
  private lacksThoughts(dialect: Dialect, thrown: unknown): boolean {
    return isAnswer(thrown) && thrown.status === 404 && this.learnsOfThoughts(dialect, thrown);
  }

  /** Whether a refusal is, for the first time, about what the model thought before. */
  private learnsOfThoughts(dialect: Dialect, thrown: unknown): boolean {
    if (this.refusesThoughts || !isAnswer(thrown)) return false;
    this.refusesThoughts = dialect.isAboutThoughts?.(thrown) ?? false;
    return this.refusesThoughts;
  }
}
