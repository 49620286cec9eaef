import { AuthStrategy } from '../../src/auth/auth.strategy.js';
import { useService } from '../support/use-service.js';
import { OpenStream } from '../support/open-stream.js';

const { service } = useService({ V1_LIST: 'true' });

/** One of two callers, who are told apart by a header that only this file knows. */
class Owner {
  constructor(private readonly owner: string) {}

  send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(service.url + path, {
      method,
      headers: {
        owner: this.owner,
        ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  async read<Body>(...call: Parameters<Owner['send']>): Promise<Body> {
    const answer = await this.send(...call);
    expect(answer.status).toBe(200);
    return (await answer.json()) as Body;
  }
}

const own = new Owner('first');
const foreign = new Owner('second');

let id: string;
let item: string;
let share: string;
let response: string;
let background: string;

beforeAll(() => {
  const strategy = service.app.get(AuthStrategy, { strict: false });
  jest
    .spyOn(strategy, 'authenticate')
    .mockImplementation(({ owner }) => (typeof owner === 'string' ? { id: owner } : null));
});
afterAll(() => {
  jest.restoreAllMocks();
});
beforeEach(async () => {
  id = await (await own.send('POST', '/chatgpt/createTurbo', '')).text();
  await own.send('POST', '/chatgpt/chat', 'hello', { conversation: id });
  const items = await own.read<{ data: { id: string }[] }>('GET', `/v1/conversations/${id}/items`);
  item = items.data[0]!.id;
  share = (await own.send('POST', '/chatgpt/store', '', { conversation: id })).headers.get(
    'share',
  )!;
  const given = { model: 'm', input: 'Q' };
  ({ id: response } = await own.read<{ id: string }>('POST', '/v1/responses', given));
  ({ id: background } = await own.read<{ id: string }>('POST', '/v1/responses', {
    ...given,
    background: true,
  }));
});

/** A path with the ids of what the first caller made. */
function withIds(path: string): string {
  const ids: Record<string, string> = { id, item, share, response, background };
  return path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name]!);
}

/** What a caller sees of everything that it has. */
async function everything(): Promise<unknown> {
  return {
    sentences: await own.read('POST', '/chatgpt/contextArray', '', { conversation: id }),
    conversation: await own.read('GET', `/v1/conversations/${id}`),
    items: await own.read('GET', `/v1/conversations/${id}/items`),
    response: await own.read('GET', `/v1/responses/${response}`),
    share: await own.read('GET', `/chatgpt/share/${share}`),
  };
}

describe('what another caller made', () => {
  it.each(['chat', 'regenerate', 'rollback', 'context', 'contextArray', 'finish', 'store'])(
    'is unknown to POST /chatgpt/%s',
    async (path) => {
      const before = await everything();
      const question = path === 'chat' ? 'Q' : '';
      const answer = await foreign.send('POST', `/chatgpt/${path}`, question, { conversation: id });
      expect(answer.status).toBe(404);
      expect(await everything()).toEqual(before);
    },
  );

  it.each<[string, string, unknown]>([
    ['GET', '/v1/conversations/:id', undefined],
    ['POST', '/v1/conversations/:id', { metadata: { a: 'b' } }],
    ['DELETE', '/v1/conversations/:id', undefined],
    ['DELETE', '/v1/conversations/:id?shares=delete', undefined],
    ['POST', '/v1/conversations/:id/share', {}],
    ['POST', '/v1/conversations/:id/fork', {}],
    ['POST', '/v1/conversations/:id/fork', { up_to: 'msg_1' }],
    ['POST', '/v1/conversations/:id/regenerate', {}],
    ['POST', '/v1/conversations/:id/rollback', {}],
    ['GET', '/v1/conversations/:id/items', undefined],
    [
      'POST',
      '/v1/conversations/:id/items',
      { items: [{ type: 'message', role: 'user', content: 'Q' }] },
    ],
    ['GET', '/v1/conversations/:id/items/:item', undefined],
    ['DELETE', '/v1/conversations/:id/items/:item', undefined],
    ['GET', '/v1/responses/:response', undefined],
    ['GET', '/v1/responses/:background?stream=true', undefined],
    ['GET', '/v1/responses/:response/input_items', undefined],
    ['POST', '/v1/responses/:response/cancel', {}],
    ['POST', '/v1/responses/:background/cancel', {}],
    ['DELETE', '/v1/responses/:response', undefined],
    ['DELETE', '/v1/responses/:background', undefined],
    ['DELETE', '/chatgpt/share/:share', undefined],
    ['DELETE', '/chatgpt/share/:id', undefined],
  ])('is unknown: %s %s', async (method, path, body) => {
    const before = await everything();
    expect((await foreign.send(method, withIds(path), body)).status).toBe(404);
    expect(await everything()).toEqual(before);
  });

  it.each<[string, () => object, number]>([
    ['a conversation', () => ({ conversation: id }), 404],
    ['an earlier response', () => ({ previous_response_id: response }), 400],
  ])('is nothing that a response builds on: %s', async (_, source, status) => {
    for (const path of ['/v1/responses', '/v1/responses/input_tokens']) {
      const answer = await foreign.send('POST', path, { model: 'm', input: 'Q', ...source() });
      expect(answer.status).toBe(status);
      expect(await answer.text()).toMatch(/not found|failed to find/);
    }
    const own = await foreign.read<{ data: unknown[] }>('GET', '/v1/conversations');
    expect(own.data).toEqual([]);
  });

  it('is in no list, nor a place in one', async () => {
    const all = await own.read<{ data: { id: string }[] }>('GET', '/v1/conversations');
    expect(all.data.map((each) => each.id)).toContain(id);
    expect(await foreign.read('GET', '/v1/conversations')).toMatchObject({ data: [] });
    expect((await foreign.send('GET', `/v1/conversations?after=${id}`)).status).toBe(400);
    for (const path of ['/chatgpt/share', `/v1/conversations/${id}/shares`]) {
      const shares = await own.read<{ data: { id: string }[] }>('GET', path);
      expect(shares.data[0]?.id).toBe(share);
      expect((await foreign.read<{ data: unknown[] }>('GET', path)).data).toEqual([]);
      expect((await foreign.send('GET', `${path}?after=${share}`)).status).toBe(400);
    }
  });

  it('does not seem to be busy either', async () => {
    service.simulator.behave({ pieces: 4, holdAfterPieces: 1 });
    const headers = { conversation: id, accept: 'text/event-stream' };
    const stream = new OpenStream(await own.send('POST', '/chatgpt/chat', 'Q', headers));
    await stream.pieces(1);
    for (const path of ['chat', 'rollback', 'finish']) {
      const asked = await foreign.send('POST', `/chatgpt/${path}`, 'Q', { conversation: id });
      expect(asked.status).toBe(404);
    }
    service.simulator.release();
    await stream.whole();
  });

  it('keeps its shares when another caller ends it', async () => {
    const before = await everything();
    const headers = { conversation: id, shares: 'delete' };
    expect((await foreign.send('POST', '/chatgpt/finish', '', headers)).status).toBe(404);
    expect(await everything()).toEqual(before);
  });

  it('may be read by anyone where it is shared', async () => {
    for (const shared of [share, id]) {
      expect((await foreign.send('GET', `/chatgpt/share/${shared}`)).status).toBe(200);
      expect((await fetch(`${service.url}/chatgpt/share/${shared}`)).status).toBe(200);
    }
  });
});

describe('an Idempotency-Key', () => {
  it('is one only among those of its caller', async () => {
    const key = { 'idempotency-key': 'the same' };
    const send = (owner: Owner) => owner.send('POST', '/v1/conversations', {}, key);
    const made = (await (await send(own)).json()) as { id: string };
    const other = await send(foreign);
    expect(other.headers.get('idempotency-replayed')).toBeNull();
    expect(((await other.json()) as { id: string }).id).not.toBe(made.id);
    const repeated = await send(own);
    expect(repeated.headers.get('idempotency-replayed')).toBe('true');
    expect(await repeated.json()).toEqual(made);
  });

  it('of another caller says nothing of what was asked under it', async () => {
    const key = { 'idempotency-key': 'another' };
    await own.read('POST', '/v1/conversations', { metadata: { a: 'b' } }, key);
    await foreign.read('POST', '/v1/conversations', { metadata: { c: 'd' } }, key);
  });
});
