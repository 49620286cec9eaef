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
    ['GET', '/chatgpt/shares'],
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
    ['GET', '/health/nope?x=%ff'],
  ])('%s %s is 404 as problem details', async (method, path) => {
    const answer = await send(service.url, { method, path, headers: { token } });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 404 });
    expect(answer.headers.get('x-request-id')).not.toBeNull();
  });
});

describe('a path of the OpenAI API without its /v1', () => {
  it.each([
    ['POST', '/responses'],
    ['GET', '/responses/resp_1'],
    ['POST', '/chat/completions'],
    ['POST', '/Chat/Completions/'],
    ['GET', '/models'],
    ['GET', '/models/gpt-6-luna'],
    ['POST', '/completions'],
    ['POST', '/embeddings?x=1'],
    ['POST', '/conversations'],
    ['GET', '/conversations/conv_1/items'],
  ])("%s %s is 404 as OpenAI's error object, which says so", async (method, path) => {
    const answer = await send(service.url, { method, path, headers: { token }, body: '{}' });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(JSON.parse(answer.text)).toEqual({
      error: {
        message: `${path.split('?')[0]} needs /v1 before it: the base URL of a client ends with /v1`,
        type: 'invalid_request_error',
        param: null,
        code: 'unknown_url',
      },
    });
  });

  it.each(['/responsesx', '/chat', '/model', '/embedding'])(
    'is not one that only begins like it: %s',
    async (path) => {
      const answer = await send(service.url, { path, headers: { token } });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    },
  );
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
    ['GET', '/chatgpt/chat', 'POST'],
    ['GET', '/ChatGPT/createTurbo/', 'POST'],
    ['HEAD', '/chatgpt/chat', 'POST'],
    ['PUT', '/chatgpt/create', 'POST'],
    ['PATCH', '/chatgpt/finish', 'POST'],
    ['DELETE', '/chatgpt/finish', 'POST'],
    ['PUT', '/chatgpt/share/x', 'GET, HEAD, POST, DELETE'],
    ['GET', '/chatgpt/rollback', 'POST'],
  ])('%s %s is 405 in plain text and does nothing', async (method, path, allow) => {
    const caller = new Caller(service.url);
    const id = await caller.create();
    const headers = { token, conversation: id };
    const answer = await send(service.url, { method, path, headers, body: 'Q' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.text).toBe(method === 'HEAD' ? '' : `This path takes ${allow}, not ${method}`);
    expect(await caller.sentences(id)).toEqual([]);
  });

  it.each([
    ['GET', '/v1/chat/completions', 'POST'],
    ['GET', '/v1/responses', 'POST'],
    ['PUT', '/v1/conversations/conv_1', 'GET, HEAD, POST, DELETE'],
    ['POST', '/v1/models', 'GET, HEAD'],
  ])("%s %s is 405 as OpenAI's error object", async (method, path, allow) => {
    const answer = await send(service.url, { method, path });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(JSON.parse(answer.text)).toEqual({
      error: {
        message: `This path takes ${allow}, not ${method}`,
        type: 'invalid_request_error',
        param: null,
        code: 'method_not_allowed',
      },
    });
  });

  it.each([
    ['DELETE', '/health/live'],
    ['POST', '/health/ready'],
    ['POST', '/metrics'],
    ['PUT', '/docs'],
    ['POST', '/docs/docs.css'],
    ['POST', '/openapi.json'],
  ])('%s %s is 405 as problem details', async (method, path) => {
    const answer = await send(service.url, { method, path });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(answer.text)).toMatchObject({
      status: 405,
      title: 'Method not allowed',
      code: 'request.method_not_allowed',
    });
  });

  it.each([
    ['HEAD', '/health/live', 200],
    ['HEAD', '/docs', 200],
    ['OPTIONS', '/chatgpt/chat', 404],
    ['OPTIONS', '/health/live', 404],
    ['PUT', '/admin/keys', 404],
  ])('%s %s is not refused for it', async (method, path, status) => {
    const answer = await send(service.url, { method, path });
    expect([answer.status, answer.headers.get('allow')]).toEqual([status, null]);
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
