import { IdempotencyExpiryTask } from '../../src/idempotency/idempotency-expiry.task.js';
import { readEventStream, type Answer } from '../support/caller.js';
import { countRows, write } from '../support/database-file.js';
import { OpenStream } from '../support/open-stream.js';
import { query, storedItems } from '../support/stored.js';
import { until } from '../support/until.js';
import { useService, useServices } from '../support/use-service.js';

const streamed = { accept: 'text/event-stream' };
const dayMs = 86_400_000;
let id: string;
/** New for each test. */
let keyed: Record<string, string>;
let keys = 0;

const { service, caller } = useService();
const { start } = useServices();
beforeEach(async () => {
  id = await caller.create();
  service.simulator.reset();
  keys += 1;
  keyed = { 'idempotency-key': `key ${keys}` };
});

function chat(question: string, headers: Record<string, string> = {}): Promise<Answer> {
  return caller.chat(id, question, { ...keyed, ...headers });
}

function isReplayed({ headers }: Answer): boolean {
  return headers.get('idempotency-replayed') === 'true';
}

/** Until the record says that the call is answered, or that there is none. */
function untilSettled(): Promise<void> {
  return until('no keyed call runs', () => {
    const sql = 'SELECT 1 FROM idempotency_records WHERE claim IS NOT NULL';
    return query(service.databaseFile, sql).length === 0;
  });
}

describe('a chat with an Idempotency-Key', () => {
  it('is answered as without, and its repeats from the record', async () => {
    const first = await chat('hello');
    expect(first).toMatchObject({ status: 200, text: 'You said: hello' });
    expect(isReplayed(first)).toBe(false);
    for (let repeat = 0; repeat < 3; repeat += 1) {
      const again = await chat('hello');
      expect(again).toMatchObject({ status: 200, text: 'You said: hello' });
      expect(isReplayed(again)).toBe(true);
      for (const name of ['content-type', 'cache-control', 'x-content-type-options']) {
        expect(again.headers.get(name)).toBe(first.headers.get(name));
      }
      expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    }
    expect(service.simulator.totalCalls).toBe(1);
    expect(await caller.sentences(id)).toEqual(['hello', 'You said: hello']);
  });

  it('replays a stream as a stream with its text in one piece', async () => {
    const answer = ['春光洒满天堂，\n', '\r', '\n公园青色', '荫蔽；', '[DONE]'];
    service.simulator.behave({ answer });
    const first = await chat('hello', streamed);
    const again = await chat('hello', streamed);
    const whole = '春光洒满天堂，\n\n公园青色荫蔽；[DONE]';
    expect(readEventStream(first.text)).toMatchObject({ text: whole, done: true });
    expect(readEventStream(again.text)).toEqual({
      pieces: [whole],
      text: whole,
      done: true,
      error: null,
    });
    expect(isReplayed(again)).toBe(true);
    for (const name of ['content-type', 'cache-control', 'x-accel-buffering']) {
      expect(again.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(service.simulator.totalCalls).toBe(1);
  });

  it('replays a text that reads like the end of a stream', async () => {
    service.simulator.behave({ answer: '[DONE]' });
    await chat('hello', streamed);
    const { text } = await chat('hello', streamed);
    expect(readEventStream(text)).toMatchObject({ text: '[DONE]', done: true });
  });

  it('is one turn, however many are sent at once', async () => {
    service.simulator.behave({ holdBeforeAnswer: true, answer: 'once' });
    const calls = Array.from({ length: 50 }, () => chat('hello'));
    await service.simulator.waitForCalls(1);
    const refused = await Promise.race(calls);
    expect(refused.status).toBe(409);
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(refused.headers.get('x-should-retry')).toBe('true');
    expect(refused.text).toBe('The call with this Idempotency-Key is still running');
    service.simulator.release();
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(1);
    expect(new Set(statuses)).toEqual(new Set([200, 409]));
    expect(service.simulator.totalCalls).toBe(1);
    expect(await caller.sentences(id)).toEqual(['hello', 'once']);
    expect(await chat('hello')).toMatchObject({ status: 200, text: 'once' });
  });

  it('without a conversation is asked once as well', async () => {
    for (const headers of [keyed, keyed, { ...keyed, ...streamed }]) {
      await caller.post('chat', 'hello', headers);
    }
    expect(service.simulator.totalCalls).toBe(1);
  });
});

describe('a key stands for one call', () => {
  it.each([
    ['question', () => chat('other')],
    ['choice of streaming', () => chat('hello', streamed)],
    ['conversation', async () => caller.chat(await caller.create(), 'hello', keyed)],
    ['lack of a conversation', () => caller.post('chat', 'hello', keyed)],
  ])('so another %s is refused', async (_, send) => {
    await chat('hello');
    const answer = await send();
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('This Idempotency-Key was sent with another body before.');
    expect(service.simulator.totalCalls).toBe(1);
    expect(await chat('hello')).toMatchObject({ status: 200 });
  });

  it('also while it runs', async () => {
    service.simulator.behave({ holdBeforeAnswer: true });
    const running = chat('hello');
    await service.simulator.waitForCalls(1);
    expect((await chat('other')).status).toBe(400);
    service.simulator.release();
    expect((await running).status).toBe(200);
  });

  it('and is another one without or with another key', async () => {
    await chat('hello');
    await caller.chat(id, 'hello');
    await chat('hello', { 'idempotency-key': 'another' });
    expect(service.simulator.totalCalls).toBe(3);
    expect(await caller.sentences(id)).toHaveLength(6);
  });

  it.each([
    ['', 400],
    ['x'.repeat(256), 400],
    ['caf\u00e9', 400],
    ['a\tb', 400],
    ['x'.repeat(255), 200],
    ['a b~', 200],
  ])('of 1 to 255 printable characters: %j is %i', async (key, status) => {
    const answer = await chat('hello', { 'idempotency-key': key });
    expect(answer.status).toBe(status);
    if (status === 400) {
      expect(answer.text).toBe('Idempotency-Key must be 1 to 255 printable ASCII characters');
      expect(await caller.sentences(id)).toEqual([]);
    }
  });
});

describe('what is kept of a failed call with a key', () => {
  it.each([
    ['a fault of the upstream', { status: 500 }, 502],
    ['no supply', { status: 429, headers: { 'retry-after': '1' } }, 429],
    ['an empty answer', { answer: '' }, 502],
  ])('is nothing after %s: the repeat is done', async (_, behaviour, status) => {
    service.simulator.behave(behaviour);
    expect((await chat('hello')).status).toBe(status);
    service.simulator.reset();
    service.clock.advance(120_000);
    const again = await chat('hello');
    expect(again).toMatchObject({ status: 200, text: 'You said: hello' });
    expect(isReplayed(again)).toBe(false);
  });

  it('is nothing when another turn runs', async () => {
    service.simulator.behave({ holdBeforeAnswer: true });
    const other = caller.chat(id, 'other');
    await service.simulator.waitForCalls(1);
    expect(await chat('hello')).toMatchObject({ status: 409, text: 'AI is thinking' });
    service.simulator.release();
    await other;
    service.simulator.reset();
    expect((await chat('hello')).status).toBe(200);
  });

  it('is nothing of a stream that breaks off', async () => {
    service.simulator.behave({ answer: ['one', 'two'], cutAfterPieces: 1 });
    expect(readEventStream((await chat('hello', streamed)).text)).toMatchObject({ done: false });
    service.simulator.reset();
    const again = readEventStream((await chat('hello', streamed)).text);
    expect(again).toMatchObject({ text: 'You said: hello', done: true });
    expect(await caller.sentences(id)).toEqual(['hello', 'You said: hello']);
  });

  it('is a refusal that would stay one', async () => {
    service.simulator.behave({ status: 400, error: { message: 'Never.' } });
    const first = await chat('hello');
    expect(first).toMatchObject({ status: 400 });
    service.simulator.reset();
    const again = await chat('hello');
    expect(again).toMatchObject({ status: 400, text: first.text });
    for (const name of ['content-type', 'x-error-code']) {
      expect(again.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(first.headers.get('x-error-code')).toBe('upstream.refused');
    expect(isReplayed(again)).toBe(true);
    expect(service.simulator.totalCalls).toBe(0);
  });

  it('is also that a conversation is unknown', async () => {
    for (const replayed of [false, true]) {
      const answer = await caller.chat('conv_none', 'hello', keyed);
      expect(answer.status).toBe(404);
      expect(isReplayed(answer)).toBe(replayed);
    }
  });
});

describe('a caller with a key that leaves', () => {
  it.each([
    ['plain', {}, { holdBeforeAnswer: true }],
    ['before a stream', streamed, { holdBeforeAnswer: true }],
    ['mid-stream', streamed, { holdAfterPieces: 1 }],
  ])('finds the answer when it comes back: %s', async (_, headers, hold) => {
    service.simulator.behave({ answer: ['the ', 'answer'], ...hold });
    const leaving = new AbortController();
    const conversation = { conversation: id, ...keyed, ...headers };
    const opened = caller.open('chat', 'hello', conversation, leaving.signal);
    await service.simulator.waitForCalls(1);
    if (!('holdBeforeAnswer' in hold)) await new OpenStream(await opened).pieces(1);
    leaving.abort();
    await opened.catch(() => null);
    expect((await chat('hello', headers)).status).toBe(409);
    service.simulator.release();
    await service.simulator.waitForOutcome(0, 'answered');
    await untilSettled();
    const again = await chat('hello', headers);
    expect(isReplayed(again)).toBe(true);
    const text = headers === streamed ? readEventStream(again.text).text : again.text;
    expect(text).toBe('the answer');
    expect(service.simulator.totalCalls).toBe(1);
    expect(await caller.sentences(id)).toEqual(['hello', 'the answer']);
  });

  it('leaves a running call behind, which counts until its end', async () => {
    const { service: one, caller: plainCaller } = await start({ MAX_RUNNING_CALLS: '1' });
    one.simulator.behave({ holdBeforeAnswer: true });
    const leaving = new AbortController();
    const opened = plainCaller.open('chat', 'hello', keyed, leaving.signal);
    await one.simulator.waitForCalls(1);
    leaving.abort();
    await opened.catch(() => null);
    expect((await plainCaller.post('chat', 'other')).status).toBe(503);
    one.simulator.release();
    await until('the call has ended', async () => {
      return (await plainCaller.post('chat', 'hello', keyed)).status === 200;
    });
    expect(one.simulator.totalCalls).toBe(1);
  });
});

describe('the record of a key', () => {
  it('is replayed for 24 hours, and then the key is new', async () => {
    await caller.post('chat', 'hello', keyed);
    service.clock.advance(dayMs - 60_000);
    expect(isReplayed(await caller.post('chat', 'hello', keyed))).toBe(true);
    service.clock.advance(120_000);
    const late = await caller.post('chat', 'other', keyed);
    expect(late).toMatchObject({ status: 200, text: 'You said: other' });
    expect(isReplayed(late)).toBe(false);
  });

  it('is swept in batches when its time is over, and not before', async () => {
    const sweep = () => service.app.get(IdempotencyExpiryTask, { strict: false }).sweep();
    service.clock.advance(2 * dayMs);
    await sweep();
    await caller.post('chat', 'hello', keyed);
    expect(await sweep()).toBe(0);
    expect(countRows(service, 'idempotency_records')).toBe(1);
    service.clock.advance(dayMs + 1);
    const [one, other] = await Promise.all([sweep(), sweep()]);
    expect(one + other).toBe(1);
    expect(countRows(service, 'idempotency_records')).toBe(0);
  });

  it('of a call whose process died is waited for, and then taken over', async () => {
    await chat('hello');
    // As it stands when the process dies before the turn's write.
    await caller.post('rollback', '', { conversation: id });
    write(
      service,
      `UPDATE idempotency_records SET claim = 'turn_dead', status = NULL, body = NULL,
         lease_until = @lease WHERE status IS NOT NULL`,
      { lease: service.clock.now() + 14_000 },
    );
    const early = await chat('hello');
    expect(early.status).toBe(409);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(5);
    service.clock.advance(14_001);
    const taken = await chat('hello');
    expect(taken).toMatchObject({ status: 200, text: 'You said: hello' });
    expect(isReplayed(taken)).toBe(false);
    expect(isReplayed(await chat('hello'))).toBe(true);
  });

  it('that was lost to another call keeps the turn from being kept', async () => {
    service.simulator.behave({ holdBeforeAnswer: true });
    const running = chat('hello');
    await service.simulator.waitForCalls(1);
    write(service, "UPDATE idempotency_records SET claim = 'turn_other' WHERE claim <> @none", {
      none: '',
    });
    service.simulator.release();
    expect((await running).status).toBe(503);
    expect(storedItems(service.databaseFile, id)).toEqual([]);
  });

  it('holds no answer over 1 MiB, and says so instead of asking again', async () => {
    service.simulator.behave({ answer: 'x'.repeat(1_048_577) });
    expect((await chat('hello')).text).toHaveLength(1_048_577);
    const again = await chat('hello');
    expect(again.status).toBe(422);
    expect(again.text).toContain('over 1 MiB');
    expect(service.simulator.totalCalls).toBe(1);
    expect(await caller.sentences(id)).toHaveLength(2);
  });

  it('holds one of exactly 1 MiB', async () => {
    service.simulator.behave({ answer: 'é'.repeat(524_288) });
    await chat('hello');
    expect((await chat('hello')).text).toBe('é'.repeat(524_288));
  });

  it('makes room for later answers, and says so instead of asking again', async () => {
    const { service: own, caller: asker } = await start({ IDEMPOTENCY_MAX_BYTES: '1048576' });
    const ask = (key: string) => asker.post('chat', `Q ${key}`, { 'idempotency-key': key });
    const sweep = own.app.get(IdempotencyExpiryTask, { strict: false });
    own.simulator.behave({ answer: 'x'.repeat(300_000) });
    const asked = ['a', 'b', 'c', 'd', 'e'];
    for (const key of asked) {
      expect((await ask(key)).status).toBe(200);
      own.clock.advance(1_000);
    }
    const calls = own.simulator.totalCalls;
    await sweep.sweep();
    const again = await Promise.all(asked.map(ask));
    expect(again.map(({ status }) => status)).toEqual([422, 422, 200, 200, 200]);
    expect(again[0]?.text).toContain('was done once and is not done again');
    expect(again[0]?.text).toContain('make room');
    expect(own.simulator.totalCalls).toBe(calls);
    const other = await asker.post('chat', 'another', { 'idempotency-key': 'a' });
    expect(other.status).toBe(400);
    const sql = 'SELECT SUM(octet_length(body)) AS kept FROM idempotency_records';
    const [row] = query<{ kept: number }>(own.databaseFile, sql);
    expect(Number(row?.kept)).toBeLessThanOrEqual(1_048_576);
    await sweep.sweep();
    expect((await ask('c')).status).toBe(200);
  });

  it('is never in the log', async () => {
    await chat('a very private question');
    await chat('a very private question');
    expect(service.log.text).not.toContain('private');
    expect(service.log.text).not.toContain(keyed['idempotency-key']);
  });
});

describe('the lease of a key', () => {
  const { service: own, caller: plainCaller, start: startOwn } = useServices();

  beforeEach(() => startOwn({ TURN_LEASE_SECONDS: '1' }));

  function leaseUntil(): number {
    const [row] = query<{ lease_until: number }>(
      own.databaseFile,
      'SELECT lease_until FROM idempotency_records',
    );
    return Number(row?.lease_until);
  }

  it('is renewed while the call runs, however long', async () => {
    own.simulator.behave({ holdBeforeAnswer: true, answer: 'at last' });
    const running = plainCaller.post('chat', 'hello', keyed);
    await own.simulator.waitForCalls(1);
    const firstLease = leaseUntil();
    await until('the first lease would have run out', () => leaseUntil() >= firstLease + 1_500);
    expect((await plainCaller.post('chat', 'hello', keyed)).status).toBe(409);
    own.simulator.release();
    expect(await running).toMatchObject({ status: 200, text: 'at last' });
    expect(isReplayed(await plainCaller.post('chat', 'hello', keyed))).toBe(true);
    expect(own.simulator.totalCalls).toBe(1);
  });

  it('that ran out is taken again, and the call is done once', async () => {
    own.simulator.behave({ holdBeforeAnswer: true, answer: 'at last' });
    const running = plainCaller.post('chat', 'hello', keyed);
    await own.simulator.waitForCalls(1);
    own.clock.advance(60_000);
    own.simulator.release();
    expect(await running).toMatchObject({ status: 200, text: 'at last' });
    expect(isReplayed(await plainCaller.post('chat', 'hello', keyed))).toBe(true);
    expect(own.simulator.totalCalls).toBe(1);
  });

  it('that another call has by now ends the call', async () => {
    own.simulator.behave({ neverAnswer: true });
    const running = plainCaller.post('chat', 'hello', keyed);
    await own.simulator.waitForCalls(1);
    write(own, `UPDATE idempotency_records SET claim = 'turn_other'`, {});
    await own.simulator.waitForOutcome(0, 'left');
    const answer = await running;
    expect(answer).toMatchObject({ status: 503 });
    expect(answer.text).toContain('The Idempotency-Key was lost');
  });

  it.each([
    ['ran out', -1],
    ['is further ahead than any, as a clock leaves it that was set back', 3_600_000],
  ])('of a call that died and that %s is the repeat\u2019s', async (_title, aheadMs) => {
    own.simulator.behave({ holdBeforeAnswer: true });
    const dead = plainCaller.post('chat', 'hello', keyed);
    await own.simulator.waitForCalls(1);
    const lease = own.clock.now() + aheadMs;
    write(own, `UPDATE idempotency_records SET claim = 'turn_dead', lease_until = @lease`, {
      lease,
    });
    own.simulator.behave({});
    expect(await plainCaller.post('chat', 'hello', keyed)).toMatchObject({ status: 200 });
    own.simulator.release();
    expect((await dead).status).toBe(503);
    expect(isReplayed(await plainCaller.post('chat', 'hello', keyed))).toBe(true);
  });
});

describe('a call without a key', () => {
  it('writes and reads no record', async () => {
    const before = countRows(service, 'idempotency_records');
    await caller.chat(id, 'hello');
    await caller.chat(id, 'hello', streamed);
    expect(countRows(service, 'idempotency_records')).toBe(before);
  });
});
