import { send } from '../support/raw-request.js';
import { token } from '../support/service.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

const chat = { path: '/chatgpt/chat', body: 'Q' };

describe('a service of this machine alone', () => {
  const { service } = useService({ ALLOWED_HOSTS: 'Alice.example, [fd00::1]' });

  it.each([
    'localhost',
    'LOCALHOST:7777',
    '127.0.0.1',
    '127.0.0.1:80',
    '[::1]',
    '[::1]:7777',
    'alice.example',
    'ALICE.example:443',
    '[fd00::1]:7777',
  ])('is called %s', async (host) => {
    expect((await send(service.url, { ...chat, headers: { host, token } })).status).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:7777',
    'localhost.evil.example',
    'evil.example/localhost',
    '127.0.0.1.evil.example',
    '0.0.0.0:7777',
    'localhost:7777:7777',
    '::1',
  ])('is not called %j, whatever is asked for', async (host) => {
    const headers = { host, token };
    const shapes = await Promise.all([
      send(service.url, { ...chat, headers }),
      send(service.url, { path: '/v1/models', method: 'GET', headers }),
      send(service.url, { path: '/metrics', method: 'GET', headers }),
      send(service.url, { path: '/docs', method: 'GET', headers }),
      send(service.url, { path: '/health/live', method: 'GET', headers }),
    ]);
    expect(shapes.map(({ status }) => status)).toEqual([421, 421, 421, 421, 421]);
    const [text, openAi, problem] = shapes.map((answer) => answer.text);
    const sentence = `This service is not called "${host}".`;
    expect(text).toContain(sentence);
    expect(JSON.parse(openAi!)).toMatchObject({ error: { code: 'unknown_host' } });
    expect(JSON.parse(problem!)).toMatchObject({ code: 'request.unknown_host', status: 421 });
  });
});

describe('a service that others reach', () => {
  it('is called by any name', async () => {
    const {
      service: { url },
    } = await start({ HOST: '0.0.0.0' });
    const headers = { host: 'alice.example', token };
    expect((await send(url, { ...chat, headers })).status).toBe(200);
  });
});

describe('with AUTH_MODE none', () => {
  const page = 'https://page.example';

  const { service } = useService({ AUTH_MODE: 'none', CORS_ORIGINS: page });

  it.each<[string, Record<string, string>]>([
    ['no browser', {}],
    ['a page of its own', { origin: 'http://localhost:7777', 'sec-fetch-site': 'same-origin' }],
    ['a page of its own behind TLS', { origin: 'https://localhost:7777' }],
    ['an address typed by hand', { 'sec-fetch-site': 'none' }],
    ['a page that CORS_ORIGINS names', { origin: page, 'sec-fetch-site': 'cross-site' }],
  ])('lets %s call', async (_title, headers) => {
    const call = { ...chat, headers: { host: 'localhost:7777', ...headers } };
    expect((await send(service.url, call)).status).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['a page of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['such a page of which the browser says less', { origin: 'https://evil.example' }],
    ['a form of another site', { 'sec-fetch-site': 'cross-site' }],
    [
      'a page of a neighbouring port',
      { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
    ],
    ['the same in an older browser', { origin: 'http://localhost:3000' }],
    ['a page without an origin', { origin: 'null' }],
    ['a page whose origin is none', { origin: 'localhost:7777' }],
  ])('does not let %s call', async (_title, headers) => {
    const from = { host: 'localhost:7777', ...headers };
    const asked = service.simulator.totalCalls;
    const text = await send(service.url, {
      ...chat,
      headers: { ...from, 'content-type': 'text/plain' },
    });
    expect(text).toMatchObject({
      status: 403,
      text: expect.stringContaining('CORS_ORIGINS') as string,
    });
    const openAi = await send(service.url, {
      path: '/v1/chat/completions',
      headers: from,
      body: '{}',
    });
    expect(JSON.parse(openAi.text)).toMatchObject({ error: { code: 'cross_site' } });
    const metrics = await send(service.url, { path: '/metrics', method: 'GET', headers: from });
    expect(metrics.status).toBe(403);
    expect(service.simulator.totalCalls).toBe(asked);
  });

  it('shows any site what is public', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    for (const path of ['/docs', '/openapi.json', '/health/live']) {
      expect((await send(service.url, { path, method: 'GET', headers })).status).toBe(200);
    }
  });
});

describe('a request with very many headers', () => {
  it.each(['/metrics', '/health/live', '/v1/models', '/nowhere'])(
    'is refused: %s',
    async (path) => {
      const {
        service: { url },
      } = await start({});
      const many = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, '']));
      const few = await send(url, { path, method: 'GET', headers: { token, ...many(120) } });
      expect(few.status).not.toBe(431);
      const headers = { token, ...many(1_900), 'x-forwarded-for': '203.0.113.7' };
      expect((await send(url, { path, method: 'GET', headers })).status).toBe(431);
    },
  );
});
