import type { AddressInfo } from 'node:net';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { ExpressPrototypesAdapter } from './express.adapter.js';

describe('the adapter to express', () => {
  const adapter = new ExpressPrototypesAdapter();
  let server: Server;
  let url: string;

  beforeAll(async () => {
    adapter.initHttpServer();
    server = adapter.getHttpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('makes requests and responses that express need not change', async () => {
    const before: unknown[] = [];
    const after: unknown[] = [];
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      before.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response));
    });
    adapter.get('/', (request: IncomingMessage, response: ServerResponse) => {
      after.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response));
      response.end('It works');
    });
    const answer = await fetch(url);
    expect(await answer.text()).toBe('It works');
    expect(after).toHaveLength(2);
    expect(after.every((prototype, index) => prototype === before[index])).toBe(true);
  });

  it('leaves what express adds to them', async () => {
    adapter.get(
      '/what',
      (
        request: { path: string; get: (name: string) => string },
        response: { json: (body: object) => void },
      ) => {
        response.json({ path: request.path, agent: request.get('user-agent') });
      },
    );
    const answer = await fetch(`${url}/what`, { headers: { 'user-agent': 'test' } });
    expect(await answer.json()).toEqual({ path: '/what', agent: 'test' });
  });
});
