import { Caller } from '../support/caller.js';
import { send } from '../support/raw-request.js';
import { token } from '../support/service.js';
import { useService } from '../support/use-service.js';

const { service } = useService();

describe('a route that does not exist', () => {
  it.each([
    ['POST', '/chatgpt'],
    ['POST', '/chatgpt/'],
    ['POST', '/chatgpt/nope'],
    ['GET', '/chatgpt/nope'],
    ['POST', '/chatgpt/chat/more'],
    ['GET', '/chatgpt/share'],
    ['GET', '/chatgpt/share/a/b'],
    ['DELETE', '/chatgpt/share/a'],
  ])('%s %s is 404 in plain text', async (method, path) => {
    const answer = await send(service.url, { method, path, headers: { token } });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.text).not.toBe('');
  });

  it.each([
    ['GET', '/'],
    ['GET', '/nope'],
    ['POST', '/chat'],
    ['POST', '/chatgptx/chat'],
    ['DELETE', '/health/live'],
    ['GET', '/health/nope?x=%ff'],
  ])('%s %s is 404 as problem details', async (method, path) => {
    const answer = await send(service.url, { method, path, headers: { token } });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 404 });
    expect(answer.headers.get('x-request-id')).not.toBeNull();
  });
});

describe('a request for something that is no path', () => {
  it.each([
    ['OPTIONS', '*'],
    ['GET', 'http://[/health/live'],
    ['GET', 'http://localhost:99999/health/live'],
    ['GET', 'ftp://localhost/health/live'],
  ])('%s %s is 404 as problem details', async (method, path) => {
    const answer = await send(service.url, { method, path });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('is for its path when it is an address', async () => {
    const answer = await send(service.url, { method: 'GET', path: 'http://localhost/health/live' });
    expect(answer).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  });
});

describe('a method that a route does not have', () => {
  it.each([
    ['GET', '/chatgpt/chat'],
    ['PUT', '/chatgpt/create'],
    ['PATCH', '/chatgpt/finish'],
    ['DELETE', '/chatgpt/finish'],
    ['POST', '/chatgpt/share/x'],
    ['GET', '/chatgpt/rollback'],
  ])('%s %s is refused in plain text and does nothing', async (method, path) => {
    const caller = new Caller(service.url);
    const id = await caller.create();
    const headers = { token, conversation: id };
    const answer = await send(service.url, { method, path, headers, body: 'Q' });
    expect([404, 405]).toContain(answer.status);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await caller.sentences(id)).toEqual([]);
  });
});

describe('a path with malformed percent-encoding', () => {
  it.each(['/chatgpt/%', '/chatgpt/cha%E0t', '/%', '/health/%zz'])(
    '%s is refused',
    async (path) => {
      const answer = await send(service.url, { path, headers: { token } });
      expect([400, 404]).toContain(answer.status);
    },
  );
});
