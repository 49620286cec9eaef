import { Caller, readEventStream } from '../support/caller.js';
import { conversationWithOneTurn, expectUntouched } from '../support/conversation-check.js';
import { chunkFrame, startRawUpstream } from '../support/raw-upstream.js';
import { startService, token, type TestService } from '../support/service.js';

const streamed = { accept: 'text/event-stream' };
/** Long enough for a good answer of a busy machine. */
const shortMs = '1500';
const aSentence: unknown = expect.stringMatching(/\w+ \w+/);
let service: TestService;
let caller: Caller;
let id: string;

async function start(variables: Record<string, string>): Promise<void> {
  service = await startService(variables);
  caller = new Caller(service.url);
  id = await conversationWithOneTurn(service, caller);
}

afterEach(async () => {
  service.simulator.reset();
  await service.close();
});

describe('UPSTREAM_FIRST_BYTE_TIMEOUT_MS', () => {
  it('ends a streamed call that does not begin, with 504 and no second attempt', async () => {
    await start({ UPSTREAM_FIRST_BYTE_TIMEOUT_MS: shortMs });
    service.simulator.behave({ neverAnswer: true });
    const answer = await caller.chat(id, 'hello', streamed);
    expect(answer.status).toBe(504);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    await service.simulator.waitForOutcome(0, 'left');
    expect(service.simulator.totalCalls).toBe(1);
    await expectUntouched(service, caller, id);
  });

  it('is met once a minute while another key serves, by a conversation too', async () => {
    await start({ UPSTREAM_FIRST_BYTE_TIMEOUT_MS: shortMs, OPENAI_API_KEYS: 'sk-1,sk-2' });
    // The key that the conversation prefers, and that would otherwise be asked every second time.
    await caller.chat(id, 'hello');
    const { key } = service.simulator.calls.at(-1)!;
    service.simulator.behave({ neverAnswer: true }, { key });
    const statuses = async () => {
      const all = [];
      for (let turn = 0; turn < 3; turn += 1) {
        all.push((await caller.chat(id, 'hello', streamed)).status);
        all.push((await caller.post('quickAnswer', '{"question":"hello"}', streamed)).status);
      }
      return all;
    };
    const once = [504, 200, 200, 200, 200, 200];
    expect(await statuses()).toEqual(once);
    const scraped = await fetch(`${service.url}/metrics`);
    expect(await scraped.text()).toContain('alice_keys_in_doubt 1\n');
    service.clock.advance(60_000);
    expect(await statuses()).toEqual(once);
    service.simulator.reset();
    service.clock.advance(60_000);
    expect(await statuses()).not.toContain(504);
    expect(service.simulator.callsWith(key)).toBeGreaterThan(2);
  });

  it('lets a plain answer take longer', async () => {
    await start({ UPSTREAM_FIRST_BYTE_TIMEOUT_MS: shortMs });
    service.simulator.behave({ firstByteDelayMs: 2_000 });
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200, text: 'You said: hello' });
    expect(service.simulator.totalCalls).toBe(1);
  });
});

describe('UPSTREAM_PLAIN_TIMEOUT_MS', () => {
  it.each([
    ['chat', 'hello'],
    ['quickAnswer', '{"question":"hello"}'],
  ])(
    'ends a plain call of %s that gets no answer, and frees its conversation',
    async (path, body) => {
      await start({ UPSTREAM_PLAIN_TIMEOUT_MS: shortMs });
      service.simulator.behave({ neverAnswer: true, times: 1 });
      expect(await caller.post(path, body, { conversation: id })).toMatchObject({ status: 504 });
      expect(service.simulator.totalCalls).toBe(1);
      await expectUntouched(service, caller, id);
      expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200 });
    },
  );

  it('ends one that is passed on, and one whose body never ends', async () => {
    const upstream = await startRawUpstream((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"choices":[{"message":');
    });
    service = await startService({
      UPSTREAM_PLAIN_TIMEOUT_MS: shortMs,
      OPENAI_BASE_URL: upstream.baseUrl,
    });
    const answer = await fetch(`${service.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: '{"model":"gpt-6-luna","messages":[{"role":"user","content":"hello"}]}',
    });
    expect(answer.status).toBe(504);
    expect(upstream.calls()).toBe(1);
    await upstream.close();
  });

  it('is not for streams', async () => {
    await start({ UPSTREAM_PLAIN_TIMEOUT_MS: shortMs });
    service.simulator.behave({ answer: ['a', 'b', 'c', 'd'], pieceDelayMs: 500 });
    const answer = await caller.chat(id, 'hello', streamed);
    expect(readEventStream(answer.text)).toMatchObject({ text: 'abcd', done: true });
  });
});

describe('UPSTREAM_IDLE_TIMEOUT_MS', () => {
  it('ends a stream that goes silent, cancels the call and keeps nothing', async () => {
    await start({ UPSTREAM_IDLE_TIMEOUT_MS: shortMs });
    service.simulator.behave({ answer: ['a', 'b', 'c'], stallAfterPieces: 2 });
    const answer = await caller.chat(id, 'hello', streamed);
    expect(readEventStream(answer.text)).toMatchObject({
      text: 'ab',
      done: false,
      error: aSentence,
    });
    await service.simulator.waitForOutcome(0, 'left');
    expect(service.simulator.totalCalls).toBe(1);
    await expectUntouched(service, caller, id);
  });

  it('is counted anew from each piece', async () => {
    await start({ UPSTREAM_IDLE_TIMEOUT_MS: shortMs });
    service.simulator.behave({ answer: ['a', 'b', 'c', 'd', 'e', 'f'], pieceDelayMs: 400 });
    const answer = await caller.chat(id, 'hello', streamed);
    expect(readEventStream(answer.text)).toMatchObject({ text: 'abcdef', done: true });
  });

  it('does not take comments for pieces', async () => {
    const upstream = await startRawUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunkFrame('a'));
      const pings = setInterval(() => response.write(': ping\n\n'), 50);
      response.on('close', () => {
        clearInterval(pings);
      });
    });
    service = await startService({
      UPSTREAM_IDLE_TIMEOUT_MS: shortMs,
      OPENAI_BASE_URL: upstream.baseUrl,
    });
    caller = new Caller(service.url);
    id = await caller.create();
    // Only the idle limit can end this within the test's time: the call's own is ten minutes.
    const answer = await caller.chat(id, 'hello', streamed);
    await upstream.close();
    expect(readEventStream(answer.text)).toMatchObject({
      text: 'a',
      done: false,
      error: aSentence,
    });
    expect(await caller.sentences(id)).toEqual([]);
  });
});

describe('UPSTREAM_CALL_TIMEOUT_MS', () => {
  it('ends a plain call that gets no answer, with 504 and no second attempt', async () => {
    await start({ UPSTREAM_CALL_TIMEOUT_MS: shortMs });
    service.simulator.behave({ neverAnswer: true });
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 504 });
    await service.simulator.waitForOutcome(0, 'left');
    expect(service.simulator.totalCalls).toBe(1);
    await expectUntouched(service, caller, id);
  });

  it('ends a plain call whose body never ends', async () => {
    const upstream = await startRawUpstream((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"choices":[{"message":');
    });
    service = await startService({
      UPSTREAM_CALL_TIMEOUT_MS: shortMs,
      OPENAI_BASE_URL: upstream.baseUrl,
    });
    caller = new Caller(service.url);
    id = await caller.create();
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 504 });
    expect(upstream.calls()).toBe(1);
    await upstream.close();
    expect(await caller.sentences(id)).toEqual([]);
  });

  it('ends a stream that goes on for too long', async () => {
    await start({ UPSTREAM_CALL_TIMEOUT_MS: shortMs });
    service.simulator.behave({ pieces: 1_000, pieceDelayMs: 100 });
    const answer = await caller.chat(id, 'hello', streamed);
    const read = readEventStream(answer.text);
    expect(read.pieces.length).toBeGreaterThanOrEqual(1);
    expect(read).toMatchObject({ done: false, error: aSentence });
    await service.simulator.waitForOutcome(0, 'left');
    await expectUntouched(service, caller, id);
  });

  it.each([
    ['quickAnswer', '{"question":"hello"}'],
    ['summary', 'An article.'],
  ])('ends %s too', async (path, body) => {
    await start({ UPSTREAM_CALL_TIMEOUT_MS: shortMs });
    service.simulator.behave({ neverAnswer: true });
    expect(await caller.post(path, body)).toMatchObject({ status: 504 });
    await service.simulator.waitForOutcome(0, 'left');
  });
});
