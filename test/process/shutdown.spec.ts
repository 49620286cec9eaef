import { once } from 'node:events';
import { join } from 'node:path';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { Caller, readEventStream, type Answer } from '../support/caller.js';
import { OpenStream } from '../support/open-stream.js';
import { openSocket } from '../support/raw-request.js';
import { token } from '../support/service.js';
import { storedClaim, storedItems } from '../support/stored.js';
import { until } from '../support/until.js';
import { AliceProcess, removeFolder, workFolder } from './alice-process.js';

const streamed = { accept: 'text/event-stream' };
let simulator: Simulator;
let folder: string;
let alice: AliceProcess;
let caller: Caller;
let id: string;

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());
beforeEach(() => {
  folder = workFolder();
});
afterEach(async () => {
  simulator.reset();
  await alice.stop('SIGKILL');
  removeFolder(folder);
});

/** Starts the service, with one conversation. */
async function start(settings: Record<string, string> = {}): Promise<void> {
  const variables = {
    OPENAI_BASE_URL: simulator.baseUrl,
    DATABASE_URL: `sqlite:${join(folder, 'alice.db')}`,
    TURN_LEASE_SECONDS: '2',
    ...settings,
  };
  alice = new AliceProcess({ folder, variables });
  caller = new Caller(await alice.url());
  id = await caller.create();
  // The service has asked for the upstream's models at its start: those calls are not these tests'.
  simulator.reset();
}

/** How many turns wait for the model. */
function running(): number {
  return simulator.calls.filter(({ path, outcome }) => {
    return path.endsWith('completions') && outcome === 'running';
  }).length;
}

/** A call of another model than the turns, so that it is never held. */
function askNew(): Promise<Answer> {
  return caller.post('quickAnswer', '{"question":"new","convType":"gpt4"}');
}

/** Until the service takes no new calls. */
async function untilItRefuses(): Promise<Answer> {
  let answer = await askNew();
  await until('new calls are refused', async () => {
    answer = await askNew();
    return answer.status === 503;
  });
  return answer;
}

function contents(of = id): unknown[] {
  return storedItems(join(folder, 'alice.db'), of).map(({ content }) => content);
}

describe.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])('%s', (signal) => {
  it('ends an idle service with 0', async () => {
    await start();
    expect(await alice.stop(signal)).toBe(0);
    await expect(caller.get('/health/live')).rejects.toThrow();
  });
});

describe('SIGTERM during turns', () => {
  /** Refused until the service ends, and answered on whatever connection. */
  async function expectRefusals(): Promise<void> {
    const refusal = await untilItRefuses();
    expect(refusal.text).toContain('shutting down');
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refusal.headers.get('connection')).toBe('close');
    expect((await caller.get('/health/ready')).status).toBe(503);
    const live = await caller.get('/health/live');
    expect(live.status).toBe(200);
    expect(live.headers.get('connection')).toBe('close');
  }

  it('lets all finish and be kept, refuses new ones, and ends with 0', async () => {
    await start();
    const [streamedId, begunId] = [await caller.create(), await caller.create()];
    simulator.behave({ answer: ['a', 'b', 'c'], holdAfterPieces: 1 }, { model: 'gpt-6-luna' });
    const begun = new OpenStream(
      await caller.open('chat', 'hello', { conversation: begunId, ...streamed }),
    );
    await begun.pieces(1);
    simulator.behave({ holdBeforeAnswer: true, answer: 'the last word' }, { model: 'gpt-6-luna' });
    const answer = caller.chat(id, 'hello');
    const stream = caller.chat(streamedId, 'hello', streamed);
    await until('all turns run', () => running() === 3);
    alice.kill('SIGTERM');
    await expectRefusals();
    expect(alice.hasEnded()).toBe(false);
    // The turns keep their claims for as long as it takes.
    const leaseAtTheSignal = Number(storedClaim(join(folder, 'alice.db'), id).lease_until);
    await until('the lease at the signal would have run out', () => {
      return Date.now() > leaseAtTheSignal + 500;
    });
    simulator.release();
    expect(await answer).toMatchObject({ status: 200, text: 'the last word' });
    expect(readEventStream((await stream).text)).toMatchObject({
      text: 'the last word',
      done: true,
    });
    expect(await begun.whole()).toMatchObject({ text: 'abc', done: true });
    expect(await alice.end()).toBe(0);
    expect([id, streamedId, begunId].map(contents)).toEqual([
      ['"hello"', '"the last word"'],
      ['"hello"', '"the last word"'],
      ['"hello"', '"abc"'],
    ]);
  });

  it('answers what comes on kept connections, and closes those that nobody uses', async () => {
    await start();
    simulator.behave({ holdBeforeAnswer: true }, { model: 'gpt-6-luna' });
    const answer = caller.chat(id, 'hello');
    await until('the turn runs', () => running() === 1);
    const [used, unused] = [await openSocket(caller.url), await openSocket(caller.url)];
    const received: string[] = [];
    for (const socket of [used, unused]) {
      socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(socket, 'data');
    }
    used.on('data', (chunk: Buffer) => received.push(chunk.toString()));
    const closed = [used, unused].map((socket) => once(socket.resume(), 'close'));
    alice.kill('SIGTERM');
    await untilItRefuses();
    used.write('GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await closed[0];
    expect(received.join('')).toMatch(/^HTTP\/1.1 503 [^]*\r\nConnection: close\r\n/);
    expect(alice.hasEnded()).toBe(false);
    simulator.release();
    expect((await answer).status).toBe(200);
    await closed[1];
    expect(await alice.end()).toBe(0);
  });

  it('does not wait for callers whose requests never end', async () => {
    await start();
    const slow = await openSocket(caller.url);
    const head = `POST /chatgpt/create HTTP/1.1\r\nHost: localhost\r\ntoken: ${token}\r\n`;
    slow.write(`${head}Content-Length: 100\r\n\r\nThe prompt`);
    // Its head has arrived by the time that another one is answered.
    expect((await caller.get('/health/live')).status).toBe(200);
    expect(await alice.stop('SIGTERM')).toBe(0);
  });

  it('twice ends it at once', async () => {
    await start();
    simulator.behave({ neverAnswer: true }, { model: 'gpt-6-luna' });
    const answer = caller.chat(id, 'hello');
    await until('the turn runs', () => running() === 1);
    alice.kill('SIGTERM');
    await untilItRefuses();
    alice.kill('SIGTERM');
    await expect(answer).rejects.toThrow();
    expect(await alice.end()).not.toBe(0);
    expect(storedItems(join(folder, 'alice.db'), id)).toEqual([]);
  });
});

describe('SHUTDOWN_DELAY_MS', () => {
  it('is how long turns are still taken while readiness says no', async () => {
    await start({ SHUTDOWN_DELAY_MS: '3600000' });
    alice.kill('SIGTERM');
    await until(
      'readiness says no',
      async () => (await caller.get('/health/ready')).status === 503,
    );
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200, text: 'You said: hello' });
    expect((await askNew()).headers.get('connection')).not.toBe('close');
    expect(await alice.stop('SIGTERM')).toBe('SIGTERM');
    expect(contents()).toEqual(['"hello"', '"You said: hello"']);
  });

  it('is over by itself', async () => {
    await start({ SHUTDOWN_DELAY_MS: '300' });
    expect(await alice.stop('SIGTERM')).toBe(0);
  });
});

describe('SHUTDOWN_GRACE_MS', () => {
  it.each(['0', '300'])('of %s is what a stream gets: then an error event', async (grace) => {
    await start({ SHUTDOWN_GRACE_MS: grace });
    simulator.behave({ answer: ['a', 'b'], holdAfterPieces: 1 }, { model: 'gpt-6-luna' });
    const stream = new OpenStream(
      await caller.open('chat', 'hello', { conversation: id, ...streamed }),
    );
    await stream.pieces(1);
    alice.kill('SIGTERM');
    const { text, done, error } = await stream.whole();
    expect(text).toBe('a');
    expect(done).toBe(false);
    expect(error).toContain('shutting down');
    expect(await alice.end()).toBe(0);
    expect(contents()).toEqual([]);
    expect(storedClaim(join(folder, 'alice.db'), id).claim).toBeNull();
  });

  it('is what an answer gets that is not streamed: then 503', async () => {
    await start({ SHUTDOWN_GRACE_MS: '300' });
    simulator.behave({ neverAnswer: true }, { model: 'gpt-6-luna' });
    const answer = caller.chat(id, 'hello');
    await until('the turn runs', () => running() === 1);
    alice.kill('SIGTERM');
    const { status, text, headers } = await answer;
    expect(status).toBe(503);
    expect(text).toContain('shutting down');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await alice.end()).toBe(0);
    expect(contents()).toEqual([]);
  });

  it('is more than a stream needs whose reader takes nothing: it is cut off', async () => {
    await start({ SHUTDOWN_GRACE_MS: '300' });
    const piece = 'x'.repeat(100_000);
    simulator.behave({ answer: Array<string>(200).fill(piece) }, { model: 'gpt-6-luna' });
    const socket = await openSocket(caller.url);
    const head = `POST /chatgpt/chat HTTP/1.1\r\nHost: localhost\r\ntoken: ${token}\r\n`;
    socket.pause();
    socket.write(`${head}conversation: ${id}\r\nAccept: text/event-stream\r\n`);
    socket.write('Content-Length: 5\r\n\r\nhello');
    await until('the turn runs', () => running() === 1);
    expect(await alice.stop('SIGTERM')).toBe(0);
    socket.destroy();
    expect(contents()).toEqual([]);
  });
});
