import { hash, randomUUID } from 'node:crypto';
import OpenAI, { type ClientOptions } from 'openai';
import { Caller } from '../support/caller.js';
import { startService, token, type TestService } from '../support/service.js';
import { CheckedFetch } from './checked-fetch.js';
import { faultsOf } from './openai-schema.js';

/** A service with the official client in front of it, every answer of which is checked. */
export interface OpenAiService extends TestService {
  readonly client: OpenAI;
  /** The `/chatgpt` API of the same service; needs AUTH_MODE simple. */
  readonly caller: Caller;
  readonly checked: CheckedFetch;
  /** A client of the same service with other options. */
  clientWith(options: ClientOptions): OpenAI;
  /** Nothing that passed since the last look was unlike OpenAI's schema, on either side. */
  expectNoFaults(): void;
}

/** Of what the upstream is sent; embeddings are not in the part of the document that is there. */
const requestSchemas: Record<string, string> = {
  '/v1/chat/completions': 'CreateChatCompletionRequest',
  '/v1/completions': 'CreateCompletionRequest',
};

export async function startOpenAiService(
  variables: Record<string, string> = {},
  folder?: string,
): Promise<OpenAiService> {
  const service = await startService(variables, folder);
  const checked = new CheckedFetch();
  const fetch = variables['AUTH_MODE'] === 'normal' ? freshCredentials(checked) : checked.fetch;
  const clientWith = (options: ClientOptions): OpenAI =>
    new OpenAI({ baseURL: `${service.url}/v1`, apiKey: token, fetch, ...options });
  return {
    ...service,
    client: clientWith({}),
    caller: new Caller(service.url),
    checked,
    clientWith,
    expectNoFaults: () => {
      checked.expectNoFaults();
      const faults = service.simulator.calls.flatMap(({ path, body }) => {
        const schema = requestSchemas[path];
        return schema === undefined ? [] : faultsOf(schema, body);
      });
      expect(faults).toEqual([]);
    },
  };
}

/** As the documentation tells callers with AUTH_MODE normal: a new pair for every send, retries too. */
function freshCredentials(checked: CheckedFetch): CheckedFetch['fetch'] {
  return (input, init) => {
    const uuid = randomUUID();
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${uuid}.${hash('sha256', token + uuid)}`);
    return checked.fetch(input, { ...init, headers });
  };
}
