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

/** The only headers that go out: no telemetry of the client, nothing that its environment adds. */
const sentHeaders = ['authorization', 'content-type', 'accept'];

/**
 * A `fetch` for the OpenAI client on those connections: about twice as fast as the built-in one,
 * because the body stays a Node stream. It gives the members of a response that the client reads;
 * redirects are not followed.
 */
export function pooledFetch(dispatcher: Dispatcher): Fetch {
  return async (input, init) => {
    const url = trusted<string>(input);
    const { origin, pathname, search } = new URL(url);
    const given = trusted<Headers>(init?.headers);
    const { statusCode, headers, body } = await dispatcher.request({
      origin,
      path: pathname + search,
      method: trusted<Dispatcher.HttpMethod>(init?.method),
      headers: Object.fromEntries(sentHeaders.map((name) => [name, given.get(name) ?? undefined])),
      body: trusted<string | null>(init?.body ?? null),
      signal: init?.signal ?? null,
    });
    return trusted<Response>({
      ok: statusCode >= 200 && statusCode < 300,
      status: statusCode,
      statusText: '',
      url,
      headers: new Headers(singleValues(headers)),
      body,
      text: () => body.text(),
      json: () => body.json(),
    });
  };
}

function singleValues(headers: Dispatcher.ResponseData['headers']): [string, string][] {
  return Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]);
}
