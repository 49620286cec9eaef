import { Database } from '../../src/platform/database/database.js';
import {
  conversationWithOneTurn,
  expectUntouched,
  oneTurn,
} from '../support/conversation-check.js';
import { OpenStream } from '../support/open-stream.js';
import { storedItems, untilFree } from '../support/stored.js';
import { until } from '../support/until.js';
import { useService } from '../support/use-service.js';

const streamed = { accept: 'text/event-stream' };
const { service, caller } = useService();
let id: string;
let leaving: AbortController;

beforeEach(async () => {
  leaving = new AbortController();
  id = await conversationWithOneTurn(service, caller);
});
afterEach(() => {
  jest.restoreAllMocks();
  service.simulator.reset();
});

function open(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return caller.open(path, 'hello', { conversation: id, ...headers }, leaving.signal);
}

/** The upstream call was cancelled, the claim released, and nothing of the turn kept. */
async function expectCancelled(): Promise<void> {
  await service.simulator.waitForOutcome(0, 'left');
  await untilFree(service.databaseFile, id);
  expect(storedItems(service.databaseFile, id)).toHaveLength(2);
  expect(service.simulator.totalCalls).toBe(1);
  await expectUntouched(service, caller, id);
}

describe('a caller that leaves before the answer', () => {
  it.each([
    ['a plain chat', 'chat', {}],
    ['a streamed chat', 'chat', streamed],
    ['a plain regenerate', 'regenerate', {}],
    ['a streamed regenerate', 'regenerate', streamed],
  ])('ends the turn and frees the conversation: %s', async (_, path, headers) => {
    service.simulator.behave({ neverAnswer: true });
    const answer = open(path, headers);
    await service.simulator.waitForCalls(1);
    leaving.abort();
    await expect(answer).rejects.toThrow('aborted');
    await expectCancelled();
  });

  it.each([
    ['quickAnswer', '{"question":"hello"}'],
    ['quickAnswer', '{"question":"hello","stream":true}'],
    ['summary', 'An article.'],
    ['chat', 'hello without a conversation'],
  ])('cancels the upstream call of %s %s', async (path, body) => {
    service.simulator.behave({ neverAnswer: true });
    const answer = caller.open(path, body, {}, leaving.signal);
    await service.simulator.waitForCalls(1);
    leaving.abort();
    await expect(answer).rejects.toThrow('aborted');
    await service.simulator.waitForOutcome(0, 'left');
  });

  it('ends it also between two attempts', async () => {
    service.simulator.behave({ neverAnswer: true });
    service.simulator.behave({ status: 503, times: 1 });
    const answer = open('chat');
    await service.simulator.waitForCalls(2);
    leaving.abort();
    await expect(answer).rejects.toThrow('aborted');
    await service.simulator.waitForOutcome(1, 'left');
    await untilFree(service.databaseFile, id);
    await expectUntouched(service, caller, id);
  });

  it('frees the conversation of every one of 30 that leave at once', async () => {
    service.simulator.behave({ neverAnswer: true });
    const ids = await Promise.all(Array.from({ length: 30 }, () => caller.create()));
    const answers = ids.map((each) => {
      return caller.open('chat', 'hello', { conversation: each }, leaving.signal);
    });
    await service.simulator.waitForCalls(30);
    leaving.abort();
    await Promise.allSettled(answers);
    for (const each of ids) await untilFree(service.databaseFile, each);
    await until('every upstream call has ended', () => service.simulator.running() === 0);
    service.simulator.reset();
    const next = await Promise.all(ids.map((each) => caller.chat(each, 'next')));
    expect(next.map(({ status }) => status)).toEqual(ids.map(() => 200));
    expect(await caller.sentences(ids[0]!)).toEqual(['next', 'You said: next']);
  });
});

describe('a caller that leaves mid-stream', () => {
  it.each(['chat', 'regenerate'])('ends the turn and frees the conversation: %s', async (path) => {
    service.simulator.behave({ answer: ['a', 'b', 'c'], holdAfterPieces: 2 });
    const stream = new OpenStream(await open(path, streamed));
    await stream.pieces(2);
    leaving.abort();
    await expectCancelled();
  });

  it('ends it while pieces are coming', async () => {
    service.simulator.behave({ pieces: 100_000, pieceDelayMs: 5 });
    const stream = new OpenStream(await open('chat', streamed));
    await stream.pieces(3);
    leaving.abort();
    await expectCancelled();
  });

  it('logs no error for it', async () => {
    service.simulator.behave({ answer: ['a', 'b'], holdAfterPieces: 1 });
    const lines = service.log.lines.length;
    const stream = new OpenStream(await open('chat', streamed));
    await stream.pieces(1);
    leaving.abort();
    await expectCancelled();
    expect(service.log.lines.slice(lines).filter((line) => /^(error|fatal)/.test(line))).toEqual(
      [],
    );
  });
});

describe('a caller that leaves after the last piece', () => {
  it('has its turn committed', async () => {
    // Silent after the finish_reason: the service is still waiting for the usage when it leaves.
    service.simulator.behave({
      answer: ['all ', 'of ', 'it'],
      finishWithLastPiece: true,
      stallAfterFinish: true,
    });
    const stream = new OpenStream(await open('chat', streamed));
    await stream.pieces(3);
    leaving.abort();
    await untilFree(service.databaseFile, id);
    expect(await caller.sentences(id)).toEqual([...oneTurn, 'hello', 'all of it']);
    service.simulator.reset();
    expect(await caller.chat(id, 'next')).toMatchObject({ status: 200 });
  });

  it.each([
    ['plain', {}],
    ['streamed', streamed],
  ])('has its turn committed when the commit is what takes long: %s', async (_, headers) => {
    const database = service.app.get(Database);
    const write = database.write.bind(database);
    let commitBegins = (): void => undefined;
    let goOn = (): void => undefined;
    const committing = new Promise<void>((resolve) => (commitBegins = resolve));
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    jest.spyOn(database, 'write').mockImplementation(async (batch) => {
      if (batch.some(({ sql }) => sql.startsWith('INSERT INTO items'))) {
        commitBegins();
        await gate;
      }
      return write(batch);
    });
    service.simulator.behave({ answer: 'the whole answer' });
    const answer = open('chat', headers).then((response) => response.text());
    await committing;
    leaving.abort();
    await expect(answer).rejects.toThrow('aborted');
    goOn();
    await untilFree(service.databaseFile, id);
    expect(await caller.sentences(id)).toEqual([...oneTurn, 'hello', 'the whole answer']);
  });

  it('was not told the end before the commit', async () => {
    const database = service.app.get(Database);
    const write = database.write.bind(database);
    let commitBegins = (): void => undefined;
    let goOn = (): void => undefined;
    const committing = new Promise<void>((resolve) => (commitBegins = resolve));
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    jest.spyOn(database, 'write').mockImplementation(async (batch) => {
      if (batch.some(({ sql }) => sql.startsWith('INSERT INTO items'))) {
        commitBegins();
        await gate;
      }
      return write(batch);
    });
    service.simulator.behave({ answer: ['a', 'b'] });
    let hasEnded = false;
    const stream = new OpenStream(await open('chat', streamed));
    await stream.pieces(2);
    const whole = stream.whole().then((read) => {
      hasEnded = true;
      return read;
    });
    await committing;
    // Other calls come and go while this one waits for its commit.
    for (let call = 0; call < 3; call += 1) await caller.sentences(id);
    expect(hasEnded).toBe(false);
    goOn();
    expect(await whole).toMatchObject({ text: 'ab', done: true });
  });
});
