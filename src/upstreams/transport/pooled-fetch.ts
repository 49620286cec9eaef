import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { UpstreamSettings } from '../../config/settings.js';
import { unsafeCast } from '../../platform/unsafe-cast.js';
import { readText } from './answer-limits.js';

/** Of a list of models. */
const longestList = 4 * 1024 * 1024;

/**
 * The connections to the upstream, kept open between calls. As many as there are running calls
 * (MAX_RUNNING_CALLS bounds those); waiting for the answer's head is the call watch's business.
 */
export function createDispatcher(settings: UpstreamSettings): Dispatcher {
  const options = {
    connect: { timeout: settings.connectTimeoutMs },
    headersTimeout: 0,
    bodyTimeout: settings.idleTimeoutMs,
    keepAliveTimeout: 30_000,
    pipelining: 1,
  };
  return settings.proxyUrl === null
    ? new Agent(options)
    : new ProxyAgent({
        ...options,
        uri: settings.proxyUrl,
        // Most proxies allow CONNECT for https alone.
        proxyTunnel: settings.baseUrl.startsWith('https:'),
      });
}

/** A request as the client hands it over. */
interface PooledRequest {
  method: Dispatcher.HttpMethod;
  headers: Record<string, string>;
  body: string | null;
  signal?: AbortSignal | null;
}

export type PooledFetch = (url: string, request: PooledRequest) => Promise<Response>;

/**
 * Takes the place of `fetch` in the OpenAI client: about twice as fast as the built-in one, because
 * the body stays a Node stream. It gives the members of a response that the client reads; redirects
 * are not followed.
 */
export function pooledFetch(dispatcher: Dispatcher): PooledFetch {
  return async (url, { method, headers, body, signal = null }) => {
    const pathStart = url.indexOf('/', url.indexOf('//') + 2);
    const answer = await dispatcher.request({
      origin: url.slice(0, pathStart),
      path: url.slice(pathStart),
      method,
      headers,
      body,
      signal,
    });
    return unsafeCast<Response>({
      ok: answer.statusCode >= 200 && answer.statusCode < 300,
      status: answer.statusCode,
      statusText: '',
      url,
      // A map reads like Headers and costs a tenth; undici gives names in lower case.
      headers: new Map(Object.entries(answer.headers)),
      body: answer.body,
      text: () => readText(answer.body, longestList),
      json: async (): Promise<unknown> => JSON.parse(await readText(answer.body, longestList)),
    });
  };
}
