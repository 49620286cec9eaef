import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { Caller, type Answer } from '../support/caller.js';
import { createEmptyPostgresDatabase, dropPostgresDatabase } from '../support/postgres-database.js';
import { startPostgresProxy, type PostgresProxy } from '../support/postgres-proxy.js';
import { send } from '../support/raw-request.js';
import { unusedPort } from '../support/raw-upstream.js';
import { token } from '../support/service.js';
import { Haproxy } from './haproxy.js';
import { Replicas } from './replicas.js';

const count = 2;
const chat = { model: 'any', messages: [{ role: 'user', content: 'hello' }] };
const inJson = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };

let balancer: Haproxy;

/** POST to the API of OpenAI's clients. */
async function postV1(path: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${balancer.url}/v1/${path}`, {
    method: 'POST',
    headers: inJson,
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Status, type and waiting time of an answer, with its body as JSON where it is that. */
function shape({ status, headers, text }: Answer) {
  const type = headers.get('content-type')?.split(';')[0];
  const body: unknown = type?.endsWith('json') ? JSON.parse(text) : text;
  return { status, type, retryAfter: headers.get('retry-after'), body };
}

describe('the shipped balancer before replicas', () => {
  let simulator: Simulator;
  let databaseUrl: string;
  let network: PostgresProxy;
  let replicas: Replicas;
  let caller: Caller;
  let id: string;

  beforeAll(async () => {
    simulator = await startSimulator();
    databaseUrl = await createEmptyPostgresDatabase();
    network = await startPostgresProxy(databaseUrl);
    replicas = new Replicas(network.url, simulator);
    balancer = await Haproxy.start(await replicas.start(count));
    caller = new Caller(balancer.url);
    id = await caller.create();
  });
  afterAll(async () => {
    await balancer.close();
    await replicas.close();
    await network.close();
    await dropPostgresDatabase(databaseUrl);
    await simulator.close();
  });

  it.each(['/metrics', '/admin', '/admin/keys', '/Admin/keys/summary'])(
    'does not pass on what is for operators: %s',
    async (path) => {
      expect(shape(await caller.get(path))).toMatchObject({
        status: 404,
        type: 'application/problem+json',
        body: { status: 404, code: 'balancer.not_found' },
      });
    },
  );

  it('passes on all else', async () => {
    expect(await caller.chat(id, 'before')).toMatchObject({ status: 200 });
    expect(await caller.get('/docs')).toMatchObject({ status: 200 });
  });

  describe('while their database is away', () => {
    beforeAll(async () => {
      const down = balancer.untilAll('DOWN', count);
      network.down();
      await down;
    });

    it('lets them say so themselves, each in the form of its API', async () => {
      const unavailable = { status: 503, retryAfter: '1' };
      expect(shape(await caller.chat(id, 'meanwhile'))).toEqual({
        ...unavailable,
        type: 'text/plain',
        body: 'The database is unavailable',
      });
      expect(shape(await postV1('responses', { model: 'any', input: 'hello' }))).toMatchObject({
        ...unavailable,
        type: 'application/json',
        body: { error: { type: 'server_error', code: 'unavailable' } },
      });
      expect(shape(await caller.get('/health/ready'))).toMatchObject({
        status: 503,
        type: 'application/problem+json',
        body: { code: 'service.not_ready' },
      });
    });

    it('lets them serve what needs no database', async () => {
      const served = [
        await caller.get('/health/live'),
        await caller.post('quickAnswer', '{"question":"hello"}'),
        await caller.post('summary', 'a long text'),
        await postV1('chat/completions', chat),
        await caller.get('/v1/models', inJson),
      ];
      expect(served.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    });

    it('finds them ready again', async () => {
      const up = balancer.untilAll('UP', count);
      network.up();
      await up;
      expect(await caller.chat(id, 'after')).toMatchObject({ status: 200 });
      expect(await caller.sentences(id)).toHaveLength(4);
    });
  });
});

describe('the shipped balancer by itself', () => {
  const apis = [
    ['/chatgpt/chat', 'text/plain'],
    ['/v1/responses', 'application/json'],
    ['/health/ready', 'application/problem+json'],
    ['/v10', 'application/problem+json'],
  ] as const;
  let server: Server | null = null;

  /** In front of a server that does this with each connection, or of none. */
  async function startBefore(act: 'ends' | 'is silent' | 'is not there'): Promise<void> {
    let port = await unusedPort();
    if (act !== 'is not there') {
      server = createServer((socket) => {
        socket.on('error', () => undefined);
        if (act === 'ends') socket.once('data', () => socket.destroy());
        else socket.resume();
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      ({ port } = server.address() as AddressInfo);
    }
    balancer = await Haproxy.start([`http://127.0.0.1:${port}`], { server: '300ms' });
  }

  afterEach(async () => {
    await balancer.close();
    server?.close();
    server = null;
  });

  it.each([
    ['cannot be connected to', 'is not there', 503, '1', /cannot be reached/],
    ['breaks off', 'ends', 502, null, /look whether it was done/],
    ['does not answer', 'is silent', 504, null, /did not answer in time/],
  ] as const)(
    'answers in the form of each API when a service %s',
    async (_what, act, status, retryAfter, sentence) => {
      await startBefore(act);
      const answers = await Promise.all(
        apis.map(async ([path]) => shape(await send(balancer.url, { path }))),
      );
      for (const [index, [path, type]] of apis.entries()) {
        const answer = answers[index]!;
        expect({ path, ...answer }).toMatchObject({ path, status, type, retryAfter });
        if (path.startsWith('/chatgpt')) expect(answer.body).toMatch(sentence);
        else if (path.startsWith('/v1/')) {
          expect(answer.body).toEqual({
            error: {
              message: expect.stringMatching(sentence) as string,
              type: 'server_error',
              param: null,
              code: 'service_unreachable',
            },
          });
        } else {
          expect(answer.body).toEqual({
            type: 'about:blank',
            title: 'Service unreachable',
            status,
            detail: expect.stringMatching(sentence) as string,
            code: 'balancer.unreachable',
          });
        }
      }
    },
  );
});
