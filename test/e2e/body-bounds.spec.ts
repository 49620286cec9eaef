import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import type { Socket } from 'node:net';
import { BodyReader } from '../../src/platform/http/body-reader.js';
import { conversationWithOneTurn } from '../support/conversation-check.js';
import { openSocket, readAnswer, send } from '../support/raw-request.js';
import { scrape } from '../support/scrape.js';
import { token } from '../support/service.js';
import { until } from '../support/until.js';
import { useService } from '../support/use-service.js';
let sockets: Socket[] = [];

const { service, caller } = useService({
  MAX_RUNNING_CALLS: '2',
  MAX_BYTES_IN_FLIGHT: '3000000',
  V1_MAX_BODY_BYTES: '4000000',
  TURN_LEASE_SECONDS: '3600',
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await until('nothing is held', async () => (await bytesHeld()) === 0);
});

async function bytesHeld(): Promise<number> {
  return (await scrape(service.url)).value('alice_bytes_in_flight');
}

/** Sends the beginning of a body. */
async function begin(path: string, length: number, part = ''): Promise<Socket> {
  const socket = await openSocket(service.url);
  sockets.push(socket);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\ntoken: ${token}\r\nContent-Length: ${length}\r\n\r\n${part}`,
  );
  return socket;
}

function postV1(path: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
  return send(service.url, { path: `/v1/${path}`, headers: { token, ...headers }, body });
}

/** Seconds pass, and slow bodies are looked for. */
function pass(seconds: number): void {
  service.clock.advance(seconds * 1_000);
  service.app.get(BodyReader).refuseSlow();
}

/** Sends a body in chunks of so many bytes. */
async function inChunks(path: string, chunk: string, count: number) {
  const socket = await openSocket(service.url);
  sockets.push(socket);
  const size = chunk.length.toString(16);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\ntoken: ${token}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  socket.write(`${size}\r\n${chunk}\r\n`.repeat(count));
  socket.write('0\r\n\r\n');
  return readAnswer(socket);
}

describe('a body in chunks', () => {
  it.each(['/chatgpt/createTurbo', '/v1/conversations'])(
    'of a byte each is refused, however short it is: %s',
    async (path) => {
      const answer = await inChunks(path, ' ', 5_000);
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('The body comes in pieces of less than 16 bytes on average');
    },
  );

  it('may have many, and the first ones of any size', async () => {
    expect(await inChunks('/chatgpt/createTurbo', 'prompt', 1_000)).toMatchObject({ status: 200 });
    expect(await inChunks('/v1/conversations', ' '.repeat(24), 10_000)).toMatchObject({
      status: 200,
    });
  });
});

describe('a body that does not come', () => {
  it.each([
    ['/chatgpt/chat', 'The body came too slowly'],
    ['/v1/chat/completions', '"code":"body_too_slow"'],
    ['/v1/conversations', '"code":"body_too_slow"'],
  ])('is not waited for beyond ten seconds: %s', async (path, words) => {
    const socket = await begin(path, 1_000, '{"a":');
    await until('it is read', async () => (await bytesHeld()) === 5);
    pass(9);
    expect(await bytesHeld()).toBe(5);
    pass(1);
    const { status, text } = await readAnswer(socket);
    expect(status).toBe(408);
    expect(text).toContain(words);
  });

  it('does not hold a running call for longer', async () => {
    const slow = await Promise.all([
      begin('/chatgpt/chat', 9, 'a'),
      begin('/chatgpt/chat', 9, 'a'),
    ]);
    await until('they are read', async () => (await bytesHeld()) === 2);
    expect((await caller.post('chat', 'Q')).status).toBe(503);
    pass(10);
    await Promise.all(slow.map(readAnswer));
    await until('they are over', async () => (await caller.post('chat', 'Q')).status === 200);
  });

  it('or comes byte by byte has half a minute, and a second more for each 32 KiB', async () => {
    const drip = await begin('/chatgpt/chat', 900_000, 'a');
    const steady = await begin('/chatgpt/chat', 900_000, 'a'.repeat(327_680));
    let sent = 327_681;
    for (let round = 0; round < 5; round += 1) {
      await until('it is read', async () => (await bytesHeld()) === sent);
      pass(7);
      for (const socket of [drip, steady]) socket.write('a');
      sent += 2;
    }
    expect((await readAnswer(drip)).status).toBe(408);
    await until('the other goes on', async () => (await bytesHeld()) === 327_680 + 5);
    for (let round = 0; round < 2; round += 1) pass(4);
    expect((await readAnswer(steady)).status).toBe(408);
  });
});

describe('bodies at one time', () => {
  it('are refused beyond what all may hold, and taken again when the others are over', async () => {
    service.simulator.behave({ holdBeforeAnswer: true });
    const large = JSON.stringify({
      model: 'gpt-6-luna',
      messages: [{ role: 'user', content: 'Q' }],
      user: 'x'.repeat(2_000_000),
    });
    const running = [postV1('chat/completions', large), postV1('chat/completions', large)];
    await service.simulator.waitForCalls(2);
    const announced = await begin('/v1/conversations', 2_000_000);
    expect((await readAnswer(announced)).status).toBe(503);
    const { status, headers, text } = await postV1('conversations', gzipSync(large), {
      'content-encoding': 'gzip',
    });
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'too_many_bytes' } });
    const metrics = await scrape(service.url);
    expect(metrics.value('alice_bytes_in_flight_refusals_total')).toBe(2);
    expect(metrics.value('alice_bytes_in_flight')).toBe(3_000_000);
    service.simulator.release();
    expect((await Promise.all(running)).map((answer) => answer.status)).toEqual([200, 200]);
    service.simulator.behave({});
    expect((await postV1('chat/completions', large)).status).toBe(200);
  });

  it('that are larger than all may hold count for half of it', async () => {
    service.simulator.behave({ holdBeforeAnswer: true });
    const huge = JSON.stringify({
      model: 'gpt-6-luna',
      messages: [{ role: 'user', content: 'x'.repeat(3_500_000) }],
    });
    const running = postV1('chat/completions', huge);
    await service.simulator.waitForCalls(1);
    expect(await bytesHeld()).toBe(1_500_000);
    service.simulator.release();
    expect((await running).status).toBe(200);
  });

  it('leave nothing behind when their callers leave', async () => {
    const socket = await begin('/v1/chat/completions', 2_000_000, 'x'.repeat(1_000_000));
    await until('it is read', async () => (await bytesHeld()) === 1_000_000);
    socket.destroy();
    await until('nothing is held', async () => (await bytesHeld()) === 0);
  });
});

describe('a history', () => {
  it('counts as long as its turn runs, and a turn beyond the bound changes nothing', async () => {
    const id = await conversationWithOneTurn(service, caller);
    const item = { type: 'message', role: 'user', content: 'x'.repeat(900_000) };
    for (let turn = 0; turn < 2; turn += 1) {
      expect(
        (await postV1(`conversations/${id}/items`, JSON.stringify({ items: [item] }))).status,
      ).toBe(200);
    }
    service.simulator.reset();
    service.simulator.behave({ holdBeforeAnswer: true });
    const running = caller.chat(id, 'Q');
    await service.simulator.waitForCalls(1);
    expect(await bytesHeld()).toBe(1_500_001);
    const other = await caller.create();
    await begin('/v1/conversations', 1_499_995, 'x'.repeat(1_499_990));
    await until('it is read', async () => (await bytesHeld()) === 2_999_991);
    expect((await caller.chat(other, 'Q')).status).toBe(503);
    expect(await caller.sentences(other)).toEqual([]);
    service.simulator.release();
    expect((await running).status).toBe(200);
    service.simulator.behave({});
    expect((await caller.chat(other, 'Q')).status).toBe(200);
  });
});

describe('a JSON body of more structure than any honest one', () => {
  it.each([
    ['brackets', `{"a":${'['.repeat(101)}`, 'is nested more than 100 levels deep'],
    ['objects', '{"a":'.repeat(101), 'is nested more than 100 levels deep'],
    ['keys', `{${'"a":1,'.repeat(25_001)}`, 'has more than 25000 keys'],
    ['values', `{"a":[${'"",'.repeat(100_001)}`, 'has more than 100000 values'],
    ['numbers', `{"a":[${'1,'.repeat(400_001)}`, 'has more than 100000 values'],
  ])('is refused before the rest of it has come: %s', async (_title, part, words) => {
    const socket = await begin('/v1/responses', 3_000_000, part);
    const { status, text } = await readAnswer(socket);
    expect(status).toBe(400);
    expect(text).toContain(`The body ${words}`);
  });

  it('is answered without a reset for a caller who still sends, and wants to close', async () => {
    const socket = await openSocket(service.url);
    sockets.push(socket);
    const head = ['POST /v1/responses HTTP/1.1', 'Host: localhost', `token: ${token}`];
    socket.write(
      [...head, 'Connection: close', 'Content-Length: 3000000', '', '['.repeat(101)].join('\r\n'),
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 400 .*\r\nConnection: keep-alive\r\n/s);
  });

  it('is refused compressed too, and on the /chatgpt API', async () => {
    const keys = `{${'"a":1,'.repeat(25_001)}`;
    const gzipped = await postV1('responses', gzipSync(keys), { 'content-encoding': 'gzip' });
    expect([gzipped.status, gzipped.text.includes('25000 keys')]).toEqual([400, true]);
    const { status, text } = await caller.post('quickAnswer', keys);
    expect([status, text]).toEqual([400, 'The body has more than 25000 keys']);
  });
});
