import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { openSocket, send, type RawRequest } from '../support/raw-request.js';
import { token } from '../support/service.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService();

/** Mulberry32: the same numbers from 0 to 1 for the same seed. */
class Chance {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)] as Value;
  }

  bytes(limit: number): Buffer {
    return Buffer.from(Array.from({ length: this.below(limit) }, () => this.below(256)));
  }

  /** Text that an HTTP client would send as a header, bytes beyond ASCII included. */
  headerText(limit: number): string {
    return this.bytes(limit)
      .toString('latin1')
      .replaceAll(/\p{Cc}/gu, ' ');
  }

  json(depth: number): unknown {
    const leaves = [
      null,
      true,
      false,
      0,
      -1.5,
      1e308,
      '',
      'gpt3',
      'turbo',
      'Q',
      '\u0000',
      '\ud800',
    ];
    const kind = depth === 0 ? 0 : this.below(3);
    if (kind === 0) return this.pick(leaves);
    const inner = Array.from({ length: this.below(4) }, () => this.json(depth - 1));
    if (kind === 1) return inner;
    return Object.fromEntries(inner.map((value) => [this.pick(keys), value]));
  }
}

const paths = ['create', 'createTurbo', 'createGPT4', 'createRolePlay', 'chat', 'regenerate'];
const morePaths = [
  'rollback',
  'context',
  'contextArray',
  'finish',
  'store',
  'quickAnswer',
  'summary',
];
const keys = [
  'prompt',
  'stream',
  'question',
  'examples',
  'convType',
  'human_name',
  'ai_name',
  '__proto__',
  'x',
];
const names = [
  'settings',
  'stream',
  'accept',
  'content-type',
  'content-encoding',
  'uuid',
  'authorization',
  'x-request-id',
  'origin',
  'expect',
];
const values = [
  '',
  'true',
  'FriendChat',
  'text/event-stream',
  'application/json',
  'text/plain; charset=utf-8',
  'gzip',
  'br',
  'identity',
  'Bearer x',
  'text/plain; charset=',
];

function randomBody(chance: Chance): string | Buffer {
  switch (chance.below(6)) {
    case 0:
      return chance.bytes(300);
    case 1:
      return gzipSync(chance.bytes(300));
    case 2:
      return 'Q';
    case 3: {
      const broken = Buffer.from(JSON.stringify(chance.json(4)) || 'x');
      broken[chance.below(broken.length)] = chance.below(256);
      return broken;
    }
    case 4:
      return `{${keys.map((key) => `"${key}":${JSON.stringify(chance.json(2))}`).join()}}`;
    default:
      return JSON.stringify(chance.json(5));
  }
}

function randomRequest(chance: Chance, id: string): RawRequest {
  const headers: Record<string, string> = {};
  if (chance.next() < 0.85) headers['token'] = token;
  if (chance.next() < 0.8)
    headers['conversation'] = chance.next() < 0.8 ? id : chance.headerText(80);
  for (let count = chance.below(4); count > 0; count -= 1) {
    headers[chance.pick(names)] = chance.next() < 0.7 ? chance.pick(values) : chance.headerText(60);
  }
  // An expectation that is not met would leave the client waiting.
  delete headers['expect'];
  const suffix = chance.next() < 0.1 ? `/${encodeURIComponent(chance.headerText(20))}` : '';
  const path =
    chance.next() < 0.1
      ? `/chatgpt/share/${encodeURI(chance.headerText(30)).replaceAll(/%..$/g, '%')}`
      : `/chatgpt/${chance.pick([...paths, ...morePaths])}${suffix}`;
  const method =
    chance.next() < 0.85
      ? 'POST'
      : chance.pick(['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']);
  return { method, path, headers, body: method === 'POST' ? randomBody(chance) : '' };
}

const healthyFailures = new Set([502, 503, 504]);

describe('the service under random requests', () => {
  it.each([1, 2])('never answers 500 (seed %i), and goes on', async (seed) => {
    const chance = new Chance(seed);
    const untouched = await caller.create();
    await caller.chat(untouched, 'kept');
    const sentences = await caller.sentences(untouched);
    const wrong: { request: RawRequest; status: number; text: string }[] = [];
    for (let round = 0; round < 15; round += 1) {
      const id = await caller.create();
      const requests = Array.from({ length: 10 }, () => randomRequest(chance, id));
      const answers = await Promise.all(requests.map((request) => send(service.url, request)));
      answers.forEach(({ status, text }, index) => {
        if (status < 500 || healthyFailures.has(status)) return;
        wrong.push({ request: requests[index] as RawRequest, status, text });
      });
    }
    expect(wrong).toEqual([]);
    expect(await caller.sentences(untouched)).toEqual(sentences);
    expect((await caller.chat(untouched, 'again')).status).toBe(200);
  });

  it('survives random bytes on its connections', async () => {
    const chance = new Chance(4);
    const request = Buffer.from(
      `POST /chatgpt/chat HTTP/1.1\r\nHost: localhost\r\ntoken: ${token}\r\nContent-Length: 1\r\n\r\nQ`,
    );
    const statuses: number[] = [];
    for (let round = 0; round < 100; round += 1) {
      const bytes = Buffer.from(request);
      for (let changes = 1 + chance.below(4); changes > 0; changes -= 1) {
        bytes[chance.below(bytes.length)] = chance.below(256);
      }
      const socket = await openSocket(service.url);
      const received: Buffer[] = [];
      socket.on('data', (part: Buffer) => received.push(part));
      socket.end(bytes);
      await once(socket, 'close');
      const status = /^HTTP\/1\.1 (\d+)/.exec(Buffer.concat(received).toString('latin1'))?.[1];
      if (status !== undefined) statuses.push(Number(status));
    }
    expect(statuses.length).toBeGreaterThan(0);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
    expect((await caller.post('chat', 'still there?')).status).toBe(200);
  });
});
