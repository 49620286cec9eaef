import { randomUUID } from 'node:crypto';
import { conversationTag } from '../../src/platform/telemetry/conversation-tag.js';
import { nonceHeaders } from '../factories/nonce-headers.js';
import { Caller } from '../support/caller.js';
import { requestLines, type RequestLine } from '../support/log-lines.js';
import { OpenStream } from '../support/open-stream.js';
import { token } from '../support/service.js';
import { until } from '../support/until.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

const streamed = { accept: 'text/event-stream' };
const { service, caller } = useService();
let id: string;

beforeEach(async () => {
  id = await caller.create();
});
afterEach(() => {
  service.simulator.reset();
});

/** The one line of the request that `ask` makes under a name of its own. */
async function lineOf(
  ask: (headers: Record<string, string>) => Promise<unknown>,
  { log } = service,
): Promise<RequestLine> {
  const requestId = `test-${randomUUID()}`;
  await ask({ 'x-request-id': requestId });
  const own = () => requestLines(log).filter((line) => line.requestId === requestId);
  await until('the request is logged', () => own().length > 0);
  // What came after it would stand behind the line of a later request.
  await caller.get('/chatgpt/share/x');
  expect(own()).toHaveLength(1);
  return own()[0]!;
}

/** POST /v1/`path` as the official client does. */
async function postV1(path: string, body: unknown, headers: Record<string, string>) {
  const answer = await fetch(`${service.url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  await answer.text();
}

const question = [{ role: 'user', content: 'Q' }];
const number = expect.any(Number) as number;
const ofUpstream = expect.stringMatching(/^req_/) as string;
/** Tests call from here, with Node's own client. */
const ofCaller = { address: '127.0.0.1', agent: 'node' };

describe('the line of a request', () => {
  it('says of a turn who, what, how long and how much', async () => {
    const line = await lineOf((headers) => caller.chat(id, 'Q', headers));
    expect(line).toEqual({
      level: 'log',
      event: 'request',
      requestId: expect.any(String) as string,
      method: 'POST',
      route: '/chatgpt/chat',
      status: 200,
      ms: number,
      firstPieceMs: number,
      upstreamRequestId: ofUpstream,
      inputTokens: number,
      outputTokens: number,
      conversation: conversationTag(id),
      ...ofCaller,
    });
    expect(line['firstPieceMs']).toBeLessThanOrEqual(Number(line['ms']));
  });

  it('carries a name of its own when the caller gave none, the same as the answer', async () => {
    const { headers } = await caller.chat(id, 'Q');
    const requestId = headers.get('x-request-id');
    await until('the request is logged', () =>
      requestLines(service.log).some((line) => line.requestId === requestId),
    );
  });

  it.each<[string, string, unknown]>([
    ['a passed-on call', 'chat/completions', { messages: question }],
    [
      'a streamed one',
      'chat/completions',
      { messages: question, stream: true, stream_options: { include_usage: true } },
    ],
    ['a response', 'responses', { input: 'Q' }],
    ['a streamed response', 'responses', { input: 'Q', stream: true }],
  ])('says the same on /v1: %s', async (_title, path, body) => {
    const call = { model: 'gpt-6-luna', ...(body as object) };
    expect(await lineOf((headers) => postV1(path, call, headers))).toMatchObject({
      level: 'log',
      method: 'POST',
      route: `/v1/${path}`,
      status: 200,
      firstPieceMs: number,
      upstreamRequestId: ofUpstream,
      inputTokens: number,
      outputTokens: number,
    });
  });

  it('names the conversation by its tag on both APIs, wherever its id stands', async () => {
    const v1 = { authorization: `Bearer ${token}` };
    const lines = [
      await lineOf((headers) => caller.post('context', '', { conversation: id, ...headers })),
      await lineOf((headers) => caller.chat(id, 'Q', headers)),
      await lineOf((headers) => caller.get(`/v1/conversations/${id}`, { ...v1, ...headers })),
      await lineOf((headers) => caller.get(`/v1/conversations/${id}/items`, { ...v1, ...headers })),
      await lineOf((headers) => postV1('responses', { input: 'Q', conversation: id }, headers)),
    ];
    expect(lines.map((line) => line['conversation'])).toEqual(lines.map(() => conversationTag(id)));
    expect(lines.map((line) => line['route'])).toEqual([
      '/chatgpt/context',
      '/chatgpt/chat',
      '/v1/conversations/:id',
      '/v1/conversations/:conversation/items',
      '/v1/responses',
    ]);
  });

  it.each<[string, object, (headers: Record<string, string>) => Promise<unknown>]>([
    [
      'a stranger',
      { status: 401, error: 'auth.missing' },
      (headers) => new Caller(service.url, {}).post('create', '', headers),
    ],
    [
      'a caller with a wrong token',
      { status: 401, error: 'auth.refused' },
      (headers) => new Caller(service.url, { token: 'wrong' }).post('create', '', headers),
    ],
    [
      'bad input',
      { status: 400, error: 'request.invalid' },
      (headers) => caller.chat(id, '', headers),
    ],
    [
      'an unknown conversation',
      { status: 404, error: 'conversation.not_found' },
      (headers) => caller.chat('nope', 'Q', headers),
    ],
    ['an unknown route', { status: 404, route: 'none' }, (headers) => caller.get('/nope', headers)],
    [
      'a body too large',
      { status: 413, error: 'request.body_too_large' },
      (headers) => caller.chat(id, 'x'.repeat(1_048_577), headers),
    ],
  ])('says why it was refused, at level info: %s', async (_title, expected, ask) => {
    expect(await lineOf(ask)).toMatchObject({ level: 'log', ...expected });
  });

  it('says why a turn was refused while another one ran', async () => {
    service.simulator.behave({ holdBeforeAnswer: true });
    const running = caller.chat(id, 'Q');
    await service.simulator.waitForCalls(1);
    expect(await lineOf((headers) => caller.chat(id, 'Q', headers))).toMatchObject({
      level: 'log',
      status: 409,
      error: 'conversation.turn_running',
      conversation: conversationTag(id),
    });
    service.simulator.release();
    await running;
  });

  it('is a warning when the upstream failed, and the only line but the upstream’s own', async () => {
    service.simulator.behave({ status: 500 });
    const before = service.log.lines.length;
    expect(await lineOf((headers) => caller.chat(id, 'Q', headers))).toMatchObject({
      level: 'warn',
      status: 502,
      error: 'upstream.failed',
      upstreamRequestId: ofUpstream,
    });
    const others = service.log.lines.slice(before).filter((line) => !line.includes('"request"'));
    expect(others).toEqual([expect.stringContaining('"event":"upstream.failed"')]);
  });

  it('is a warning when a stream failed after it had begun', async () => {
    service.simulator.behave({ answer: ['a', 'b'], cutAfterPieces: 1 });
    const line = await lineOf((headers) => caller.chat(id, 'Q', { ...streamed, ...headers }));
    expect(line).toMatchObject({
      level: 'warn',
      status: 200,
      error: 'upstream.failed',
      firstPieceMs: number,
    });
  });

  it('says that the caller left', async () => {
    service.simulator.behave({ answer: ['a', 'b'], holdAfterPieces: 1 });
    const leaving = new AbortController();
    const line = await lineOf(async (headers) => {
      const all = { conversation: id, ...streamed, ...headers };
      const stream = new OpenStream(await caller.open('chat', 'Q', all, leaving.signal));
      await stream.pieces(1);
      leaving.abort();
    });
    expect(line).toMatchObject({ level: 'log', status: 200, left: true, firstPieceMs: number });
    expect(line['address']).toBe('127.0.0.1');
  });

  it.each(['/health/live', '/health/ready', '/metrics'])(
    'is for debugging when a supervisor asked: %s',
    async (path) => {
      expect(await lineOf((headers) => caller.get(path, headers))).toMatchObject({
        level: 'debug',
        route: path,
      });
    },
  );
});

describe('the log', () => {
  const secrets = [
    'sk-test-1',
    'sk-test-2',
    token,
    'canary-question',
    'canary-answer',
    'canary-prompt',
    'canary-metadata',
  ];

  it('has no text, no id and no secret in it, whatever comes of a request', async () => {
    const answer = ['canary-', 'answer'];
    const first = await caller.create('canary-prompt');
    const shares: string[] = [];
    const turns = async () => {
      for (const headers of [{}, streamed]) {
        await caller.chat(first, 'canary-question', headers);
        await caller.post('quickAnswer', '{"question":"canary-question"}', headers);
        const input = { model: 'gpt-6-luna', input: 'canary-question' };
        const metadata = { canary: 'canary-metadata' };
        await postV1('responses', { ...input, metadata, stream: headers === streamed }, {});
        await postV1('responses', { ...input, conversation: first }, {});
        const messages = [{ role: 'user', content: 'canary-question' }];
        await postV1('chat/completions', { model: 'gpt-6-luna', messages }, {});
      }
    };
    service.simulator.behave({ answer });
    await turns();
    service.simulator.behave({
      answer,
      cutAfterPieces: 1,
      headers: { 'x-request-id': 'sk-test-1' },
    });
    await turns();
    for (const status of [400, 401, 403, 404, 429, 500]) {
      service.simulator.reset();
      service.simulator.behave({
        status,
        error: { message: 'canary-question is refused', code: 'sk-test-2' },
        headers: { 'x-request-id': 'sk-test-2' },
        echoKey: true,
      });
      await turns();
    }
    const stored = await caller.post('store', '', { conversation: first });
    shares.push(stored.headers.get('share') ?? '');
    await caller.get(`/chatgpt/share/${shares[0]}`);
    await caller.post('finish', '', { conversation: first });
    await new Caller(service.url, { token: 'canary-wrong-token' }).post('create');
    await until('the last one is logged', () => {
      return requestLines(service.log).at(-1)?.['status'] === 401;
    });
    expect(requestLines(service.log).length).toBeGreaterThan(80);
    for (const secret of [...secrets, first, ...shares, 'canary']) {
      expect(service.log.text).not.toContain(secret);
    }
  });

  it('has no uuid and no credential of AUTH_MODE normal in it', async () => {
    const {
      service: { url, log },
    } = await start({ AUTH_MODE: 'normal' });
    const headers = nonceHeaders();
    for (const status of [200, 401]) {
      expect((await new Caller(url, headers).post('create')).status).toBe(status);
    }
    await until('both are logged', () => requestLines(log).length >= 2);
    for (const secret of Object.values(headers)) expect(log.text).not.toContain(secret);
  });
});

describe('the caller in the line of a request', () => {
  it('is cut where its name is long', async () => {
    const line = await lineOf((headers) => {
      return caller.get('/chatgpt/share/y', { ...headers, 'user-agent': 'a'.repeat(1_000) });
    });
    expect(line['agent']).toBe('a'.repeat(200));
  });

  it('is the one that a trusted proxy names', async () => {
    const { service: behindProxy } = await start({ TRUST_PROXY: '1' });
    const line = await lineOf((headers) => {
      const forwarded = { ...headers, 'x-forwarded-for': '203.0.113.7' };
      return new Caller(behindProxy.url).get('/chatgpt/share/y', forwarded);
    }, behindProxy);
    expect(line['address']).toBe('203.0.113.7');
  });

  it('is left out with LOG_CALLERS=false', async () => {
    const { service: silent } = await start({ LOG_CALLERS: 'false' });
    const line = await lineOf(
      (headers) => new Caller(silent.url).get('/chatgpt/share/y', headers),
      silent,
    );
    expect(line).not.toHaveProperty('address');
    expect(line).not.toHaveProperty('agent');
  });
});
