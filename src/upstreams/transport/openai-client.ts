import OpenAI from 'openai';
import type { Dispatcher } from 'undici';
import { unsafeCast } from '../../platform/unsafe-cast.js';
import { AnsweredError } from '../dialects/answered-error.js';
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
 * The client as it asks for lists of models, without what it does for nothing here: a dozen headers of
 * telemetry, a timer and a second abort controller.
 */
class LeanOpenAi extends OpenAI {
  constructor(
    private readonly transport: PooledFetch,
    private readonly search: string,
    options: ConstructorParameters<typeof OpenAI>[0],
  ) {
    super(options);
  }

  override buildRequest({ method, path, headers, signal }: RequestOptions) {
    return Promise.resolve(
      unsafeCast<BuiltRequest>({
        req: {
          method: method.toUpperCase(),
          headers: { accept: 'application/json', ...unsafeCast<object>(headers) },
          body: null,
          signal,
        },
        url: `${this.baseURL}${path}${this.search}`,
        timeout: 0,
      }),
    );
  }

  /** How long a call may take is its signal's business. */
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
