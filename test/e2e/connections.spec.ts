import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Connections } from '../../src/platform/http/connections.js';
import { ApiDocument } from '../../src/api/docs/api-document.js';
import { Caller } from '../support/caller.js';
import { requestLines } from '../support/log-lines.js';
import { openSocket } from '../support/raw-request.js';
import { scrape } from '../support/scrape.js';
import { startService, token, type TestService } from '../support/service.js';
import { passHalfAMinute } from '../support/unread-answers.js';
import { until } from '../support/until.js';

/** More than the socket buffers of two machines take. */
const hugeBytes = 24_000_000;
/** What begins of a burst: the one in hand, and no other that waits. */
const mostBegun = 17;

let service: TestService;
let caller: Caller;
let share: string;
let socket: Socket;

beforeAll(async () => {
  service = await startService({
    MAX_BODY_BYTES: '32000000',
    MAX_CONVERSATION_BYTES: '32000000',
    TURN_LEASE_SECONDS: '3600',
    SHARE_PROMPT: 'true',
  });
  caller = new Caller(service.url);
  const id = await caller.create('x'.repeat(hugeBytes));
  const stored = await caller.post('store', '', { conversation: id });
  share = stored.headers.get('share') ?? '';
});
afterAll(() => service.close());
beforeEach(async () => {
  service.log.lines.length = 0;
  socket = await openSocket(service.url);
  socket.pause();
});
afterEach(() => socket.destroy());

function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
}

/** Every request that was begun has its line in the log once it is over. */
function requestsOver(): number {
  return requestLines(service.log).filter(({ route }) => route !== '/metrics').length;
}

async function closedAs(reason: string): Promise<number> {
  const metrics = await scrape(service.url);
  return metrics.value(`alice_connections_closed_total{reason="${reason}"}`);
}

/** Reads whatever there is until the connection is closed, cleanly or not. */
function closed(): Promise<void> {
  return new Promise((resolve) => {
    socket.resume().once('close', () => {
      resolve();
    });
  });
}

/** All that comes on the connection until there are so many answers. */
async function readAnswers(count: number): Promise<string[]> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.resume();
  await until('all answers are there', () => text.split('HTTP/1.1 ').length > count);
  return text.split('HTTP/1.1 ').slice(1);
}

describe('a connection', () => {
  it('answers requests that are sent at once in their order, one after the other', async () => {
    const id = await caller.create();
    const ask = (question: string): string =>
      `POST /chatgpt/chat HTTP/1.1\r\nHost: localhost\r\ntoken: ${token}\r\nconversation: ${id}\r\n` +
      `Content-Length: ${question.length}\r\n\r\n${question}`;
    socket.write([ask('one'), get('/nowhere'), ask('two'), ask('three')].join(''));
    const answers = await readAnswers(4);
    expect(answers.map((answer) => answer.slice(0, 3))).toEqual(['200', '404', '200', '200']);
    expect(await caller.sentences(id)).toEqual([
      'one',
      expect.stringContaining('one'),
      'two',
      expect.stringContaining('two'),
      'three',
      expect.stringContaining('three'),
    ]);
  });

  it('may have 16 requests waiting', async () => {
    socket.write(get('/health/live').repeat(17));
    expect(await readAnswers(17)).toHaveLength(17);
  });

  it.each([
    ['the document', () => '/openapi.json'],
    ['the documentation', () => '/docs/swagger-ui-bundle.js'],
    ['readiness', () => '/health/ready'],
    ['a share', () => `/chatgpt/share/${share}`],
    ['what it may not see', () => '/v1/models'],
    ['nothing that there is', () => '/nowhere'],
  ])(
    'that asks 1,250 times at once for %s, and reads nothing, is closed over the first',
    async (_title, path) => {
      socket.write(get(path()).repeat(1_250));
      await closed();
      await until('its requests are over', () => requestsOver() > 0);
      expect(requestsOver()).toBeLessThanOrEqual(mostBegun);
    },
  );

  it('of whose answer nothing is taken for half a minute is closed', async () => {
    socket.write(get(`/chatgpt/share/${share}`));
    await once(socket, 'readable');
    await until('it is closed', async () => {
      await passHalfAMinute(service);
      return (await closedAs('unread')) === 1;
    });
    await closed();
    expect(socket.bytesRead).toBeLessThan(hugeBytes);
    await until('its request is over', () => requestsOver() === 1);
    expect(await closedAs('pipelined')).toBe(6);
  });

  it('whose answer is taken slowly is kept', async () => {
    socket.write(get(`/chatgpt/share/${share}`));
    let read = 0;
    for (let round = 0; round < 8; round += 1) {
      await until('more has come', () => {
        // A machine says that it has room again only when it has some of its megabytes.
        const part = socket.read(1_000_000) as Buffer | null;
        read += part?.length ?? 0;
        return part !== null;
      });
      await service.app.get(Connections).closeUnread();
      service.clock.advance(20_000);
    }
    await until('the rest has come', () => {
      read += (socket.read() as Buffer | null)?.length ?? 0;
      return read > hugeBytes;
    });
    expect(socket.destroyed).toBe(false);
  });
});

describe('the document', () => {
  it('is the same bytes for everyone', async () => {
    const document = service.app.get(ApiDocument);
    expect(await document.getJson()).toBe(await document.getJson());
    const { text, headers } = await caller.get('/openapi.json');
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect((await caller.get('/openapi.json')).text).toBe(text);
  });
});
