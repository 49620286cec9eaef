import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { UpstreamSettings } from '../config/settings.js';
import { trusted } from '../common/trusted.js';

type Fetch = typeof globalThis.fetch;

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
    : new ProxyAgent({ ...options, uri: settings.proxyUrl });
}

/**
 * A `fetch` for the OpenAI client on those connections: about twice as fast as the built-in one,
 * because the body stays a Node stream. Three headers
 * go out: no telemetry of the client, and nothing that its environment adds. It gives the members of a response that the client reads;
 * redirects are not followed.
 */
export function pooledFetch(dispatcher: Dispatcher): Fetch {
  return async (input, init) => {
    const url = trusted<string>(input);
    const pathStart = url.indexOf('/', url.indexOf('//') + 2);
    const given = trusted<Headers>(init?.headers);
    const { statusCode, headers, body } = await dispatcher.request({
      origin: url.slice(0, pathStart),
      path: url.slice(pathStart),
      method: trusted<Dispatcher.HttpMethod>(init?.method),
      headers: {
        authorization: given.get('authorization') ?? '',
        accept: given.get('accept') ?? '',
        'content-type': given.get('content-type') ?? '',
      },
      body: trusted<string | null>(init?.body ?? null),
      signal: init?.signal ?? null,
    });
    return trusted<Response>({
      ok: statusCode >= 200 && statusCode < 300,
      status: statusCode,
      statusText: '',
      url,
      // A map reads like Headers and costs a tenth; undici gives names in lower case.
      headers: new Map(Object.entries(headers)),
      body,
      text: () => body.text(),
      json: () => body.json(),
    });
  };
}
