import { Caller, type Answer } from '../support/caller.js';
import { send } from '../support/raw-request.js';
import { type TestService, token } from '../support/service.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

const { service, caller } = useService();

const keepAlive = { connection: 'keep-alive' };

type Headers = Record<string, string>;

const answers: [title: string, ask: (headers: Headers) => Promise<Answer>][] = [
  ['an answer', (headers) => caller.post('create', '', headers)],
  ["a model's answer", (headers) => caller.post('chat', 'Q', headers)],
  ['a stream', (headers) => caller.post('chat', 'Q', { accept: 'text/event-stream', ...headers })],
  ['a refused stranger', (headers) => new Caller(service.url, {}).post('create', '', headers)],
  ['bad input', (headers) => caller.post('chat', '', headers)],
  ['a body too large', (headers) => caller.post('chat', 'x'.repeat(1_048_577), headers)],
  ['an unknown share', (headers) => caller.get('/chatgpt/share/x', headers)],
  ['an unknown route', (headers) => caller.get('/nope', headers)],
  ['a malformed path', (headers) => caller.get('/chatgpt/share/%ff', headers)],
  ['a health check', (headers) => caller.get('/health/live', headers)],
];

describe.each(answers)('the headers of %s', (title, ask) => {
  it('echo the x-request-id that was given', async () => {
    const { headers } = await ask({ 'x-request-id': 'trace-1/2:3' });
    expect(headers.get('x-request-id')).toBe('trace-1/2:3');
  });

  it('have a new x-request-id each time when none was given', async () => {
    const ids = [await ask({}), await ask({})].map(({ headers }) => headers.get('x-request-id'));
    expect(ids[0]).toMatch(/^\S{8,}$/);
    expect(ids[1]).toMatch(/^\S{8,}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('forbid sniffing and storing', async () => {
    const { headers } = await ask({});
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe(title === 'a stream' ? 'no-cache' : 'no-store');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('an x-request-id that is unusable', () => {
  it.each([
    ['is too long', 'x'.repeat(5_000)],
    ['has bytes beyond ASCII', 'caf\u00e9'],
    ['is empty', ''],
  ])('is replaced when it %s', async (_title, given) => {
    const headers = { token, 'x-request-id': given };
    const answer = await send(service.url, { path: '/chatgpt/create', headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-request-id')).toMatch(/^[\x21-\x7e]{8,128}$/);
    expect(answer.headers.get('x-request-id')).not.toBe(given);
  });
});

describe('CORS_ORIGINS', () => {
  const own = 'https://app.example';
  const variables = { CORS_ORIGINS: `${own},https://other.example` };

  /** What a browser asks before a POST with this service's headers. */
  function preflight({ url }: TestService, origin: string) {
    const headers = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'conversation,token,uuid,content-type',
    };
    return send(url, { method: 'OPTIONS', path: '/chatgpt/chat', headers });
  }

  it('lets pages of these origins ask, without a token in the preflight', async () => {
    const { service } = await start(variables);
    for (const origin of [own, 'https://other.example']) {
      const { status, headers } = await preflight(service, origin);
      expect([200, 204]).toContain(status);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-allow-methods')).toContain('POST');
      for (const name of ['conversation', 'token', 'uuid', 'content-type']) {
        expect(headers.get('access-control-allow-headers')).toContain(name);
      }
    }
  });

  it('lets those pages read answers, errors and the headers that matter', async () => {
    const { service, caller } = await start(variables);
    const answers = [
      await caller.post('create', '', { origin: own }),
      await new Caller(service.url, {}).post('create', '', { origin: own }),
      await caller.post('chat', 'Q', { origin: own, accept: 'text/event-stream' }),
    ];
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBe(own);
      const exposed = headers.get('access-control-expose-headers')?.toLowerCase();
      for (const name of ['share', 'x-request-id', 'x-error-code', 'retry-after']) {
        expect(exposed).toContain(name);
      }
    }
  });

  it('says nothing to other pages', async () => {
    const { service, caller } = await start(variables);
    const stranger = 'https://evil.example';
    const answers = [
      await preflight(service, stranger),
      await caller.post('create', '', { origin: stranger }),
    ];
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).not.toBe(stranger);
      expect(headers.get('access-control-allow-origin')).not.toBe('*');
    }
  });

  it('none is the default', async () => {
    const answer = await caller.post('create', '', { origin: own });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    const { headers } = await preflight(service, own);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('HTTP_KEEP_ALIVE_MS', () => {
  it.each([
    [{}, '65'],
    [{ HTTP_KEEP_ALIVE_MS: '7000' }, '7'],
  ])('is how long connections are kept: %j', async (variables, seconds) => {
    const {
      service: { app },
      caller: { url },
    } = await start(variables);
    const answer = await send(url, { method: 'GET', path: '/health/live', headers: keepAlive });
    expect(answer.headers.get('keep-alive')).toBe(`timeout=${seconds}`);
    const { keepAliveTimeout, headersTimeout } = app.getHttpServer();
    expect(headersTimeout).toBeGreaterThan(keepAliveTimeout);
  });
});
