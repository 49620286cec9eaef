import OpenAI from 'openai';
import type { Dispatcher } from 'undici';
import { unsafeCast } from '../../platform/unsafe-cast.js';
import { AnsweredError } from '../dialects/chat-completions/answered-error.js';
import { pooledFetch, type PooledFetch } from './pooled-fetch.js';

type RequestOptions = Parameters<OpenAI['buildRequest']>[0];
type BuiltRequest = Awaited<ReturnType<OpenAI['buildRequest']>>;

/**
 * The official client with nothing left to the environment: it would otherwise read addresses and
 * headers from it, retry by itself, and print chunks that it cannot parse. Keys go with each call.
 */
export function createOpenAiClient(baseUrl: string, dispatcher: Dispatcher): OpenAI {
  const { search } = new URL(baseUrl);
  return new LeanOpenAi(pooledFetch(dispatcher), search, {
    apiKey: 'sent with each call',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: baseUrl.slice(0, baseUrl.length - search.length).replace(/\/$/, ''),
    maxRetries: 0,
    logLevel: 'off',
  });
}

/**
 * The client without what it does for nothing here: a dozen headers of telemetry, a timer and a
 * second abort controller. Together they cost as much CPU time as all of the transport.
 */
class LeanOpenAi extends OpenAI {
  constructor(
    private readonly transport: PooledFetch,
    private readonly search: string,
    options: ConstructorParameters<typeof OpenAI>[0],
  ) {
    super(options);
  }

  override buildRequest({ method, path, body, headers, signal, stream }: RequestOptions) {
    return Promise.resolve(
      unsafeCast<BuiltRequest>({
        req: {
          method: method.toUpperCase(),
          headers: {
            ...(stream ? { accept: 'text/event-stream' } : { accept: 'application/json' }),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...unsafeCast<object>(headers),
          },
          body: body === undefined ? null : JSON.stringify(body),
          signal,
        },
        url: `${this.baseURL}${path}${this.search}`,
        timeout: 0,
      }),
    );
  }

  /** How long a call may take is the call watch's business. */
  override fetchWithTimeout(url: string, init?: RequestInit): Promise<Response> {
    return this.transport(url, unsafeCast(init));
  }

  protected override makeStatusError(
    status: number,
    body: object,
    text: string | undefined,
    headers: Headers,
  ): AnsweredError {
    return new AnsweredError(status, body, text, headers);
  }
}
