import { readEventStream } from '../support/caller.js';
import { conversationWithOneTurn, expectUntouched } from '../support/conversation-check.js';
import { chunkFrame, startRawUpstream } from '../support/raw-upstream.js';
import { token } from '../support/service.js';
import { setUpstreamLimits } from '../support/upstream-limits.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

const streamed = { accept: 'text/event-stream' };
/** Long enough for a call to come to the upstream, and for a piece after another, on a busy machine. */
const shortMs = '1500';
const aSentence: unknown = expect.stringMatching(/\w+ \w+/);
const { service, caller } = useService();
let id: string;

/** Long after whatever the last test did to the keys. */
beforeEach(async () => {
  setUpstreamLimits(service, {});
  service.clock.advance(1_000_000);
  id = await conversationWithOneTurn(service, caller);
});

describe('UPSTREAM_FIRST_BYTE_TIMEOUT_MS', () => {
  it('ends a streamed call that does not begin, with 504 and no second attempt', async () => {
    setUpstreamLimits(service, { UPSTREAM_FIRST_BYTE_TIMEOUT_MS: shortMs });
    service.simulator.behave({ neverAnswer: true });
    const answer = await caller.chat(id, 'hello', streamed);
    expect(answer.status).toBe(504);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    await service.simulator.waitForOutcome(0, 'left');
    expect(service.simulator.totalCalls).toBe(1);
    setUpstreamLimits(service, {});
    await expectUntouched(service, caller, id);
  });

  it('is met ever less often while another key serves, by a conversation too', async () => {
    setUpstreamLimits(service, { UPSTREAM_FIRST_BYTE_TIMEOUT_MS: shortMs });
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
    service.clock.advance(120_000);
    expect(await statuses()).not.toContain(504);
    expect(service.simulator.callsWith(key)).toBeGreaterThan(2);
  });

  it('lets a plain answer take longer', async () => {
    setUpstreamLimits(service, { UPSTREAM_FIRST_BYTE_TIMEOUT_MS: '100' });
    service.simulator.behave({ firstByteDelayMs: 300 });
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
      setUpstreamLimits(service, { UPSTREAM_PLAIN_TIMEOUT_MS: shortMs });
      service.simulator.behave({ neverAnswer: true, times: 1 });
      expect(await caller.post(path, body, { conversation: id })).toMatchObject({ status: 504 });
      expect(service.simulator.totalCalls).toBe(1);
      setUpstreamLimits(service, {});
      await expectUntouched(service, caller, id);
      expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200 });
    },
  );

  it('ends one that is passed on, and one whose body never ends', async () => {
    const upstream = await startRawUpstream((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"choices":[{"message":');
    });
    const variables = { UPSTREAM_PLAIN_TIMEOUT_MS: shortMs, OPENAI_BASE_URL: upstream.baseUrl };
    const {
      service: { url },
    } = await start(variables);
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: '{"model":"gpt-6-luna","messages":[{"role":"user","content":"hello"}]}',
    });
    expect(answer.status).toBe(504);
    expect(upstream.calls()).toBe(1);

    await upstream.close();
  });

  it('is not for streams', async () => {
    setUpstreamLimits(service, { UPSTREAM_PLAIN_TIMEOUT_MS: '100' });
    service.simulator.behave({ answer: ['a', 'b', 'c', 'd'], pieceDelayMs: 100 });
    const answer = await caller.chat(id, 'hello', streamed);
    expect(readEventStream(answer.text)).toMatchObject({ text: 'abcd', done: true });
  });
});

describe('UPSTREAM_IDLE_TIMEOUT_MS', () => {
  it('ends a stream that goes silent, cancels the call and keeps nothing', async () => {
    setUpstreamLimits(service, { UPSTREAM_IDLE_TIMEOUT_MS: shortMs });
    service.simulator.behave({ answer: ['a', 'b', 'c'], stallAfterPieces: 2 });
    const answer = await caller.chat(id, 'hello', streamed);
    expect(readEventStream(answer.text)).toMatchObject({
      text: 'ab',
      done: false,
      error: aSentence,
    });
    await service.simulator.waitForOutcome(0, 'left');
    expect(service.simulator.totalCalls).toBe(1);
    setUpstreamLimits(service, {});
    await expectUntouched(service, caller, id);
  });

  it('is counted again from each piece', async () => {
    setUpstreamLimits(service, { UPSTREAM_IDLE_TIMEOUT_MS: shortMs });
    service.simulator.behave({ answer: ['a', 'b', 'c', 'd', 'e', 'f'], pieceDelayMs: 400 });
    const answer = await caller.chat(id, 'hello', streamed);
    expect(readEventStream(answer.text)).toMatchObject({ text: 'abcdef', done: true });
  });

  it('takes comments for signs of life, as long as the whole call may take', async () => {
    const upstream = await startRawUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunkFrame('a'));
      let pings = 0;
      const ping = setInterval(() => {
        response.write(': ping\n\n');
        pings += 1;
        if (pings === 4 * Math.ceil(Number(shortMs) / 50)) response.write(chunkFrame('b'));
      }, 50);
      response.on('close', () => {
        clearInterval(ping);
      });
    });
    const variables = {
      UPSTREAM_IDLE_TIMEOUT_MS: shortMs,
      UPSTREAM_CALL_TIMEOUT_MS: String(8 * Number(shortMs)),
      OPENAI_BASE_URL: upstream.baseUrl,
    };
    const { caller: callers } = await start(variables);
    const conversation = await callers.create();
    const answer = await callers.chat(conversation, 'hello', streamed);
    expect(readEventStream(answer.text)).toMatchObject({
      text: 'ab',
      done: false,
      error: aSentence,
    });
    expect(await callers.sentences(conversation)).toEqual([]);

    await upstream.close();
  });
});

describe('UPSTREAM_CALL_TIMEOUT_MS', () => {
  it('ends a plain call that gets no answer, with 504 and no second attempt', async () => {
    setUpstreamLimits(service, { UPSTREAM_CALL_TIMEOUT_MS: shortMs });
    service.simulator.behave({ neverAnswer: true });
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 504 });
    await service.simulator.waitForOutcome(0, 'left');
    expect(service.simulator.totalCalls).toBe(1);
    setUpstreamLimits(service, {});
    await expectUntouched(service, caller, id);
  });

  it('ends a plain call whose body never ends', async () => {
    const upstream = await startRawUpstream((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"choices":[{"message":');
    });
    const variables = { UPSTREAM_CALL_TIMEOUT_MS: shortMs, OPENAI_BASE_URL: upstream.baseUrl };
    const { caller: callers } = await start(variables);
    const conversation = await callers.create();
    expect(await callers.chat(conversation, 'hello')).toMatchObject({ status: 504 });
    expect(upstream.calls()).toBe(1);
    await upstream.close();
    expect(await callers.sentences(conversation)).toEqual([]);
  });

  it('ends a stream that goes on for too long', async () => {
    setUpstreamLimits(service, { UPSTREAM_CALL_TIMEOUT_MS: shortMs });
    service.simulator.behave({ pieces: 1_000, pieceDelayMs: 100 });
    const answer = await caller.chat(id, 'hello', streamed);
    const read = readEventStream(answer.text);
    expect(read.pieces.length).toBeGreaterThanOrEqual(1);
    expect(read).toMatchObject({ done: false, error: aSentence });
    await service.simulator.waitForOutcome(0, 'left');
    setUpstreamLimits(service, {});
    await expectUntouched(service, caller, id);
  });

  it.each([
    ['quickAnswer', '{"question":"hello"}'],
    ['summary', 'An article.'],
  ])('ends %s too', async (path, body) => {
    setUpstreamLimits(service, { UPSTREAM_CALL_TIMEOUT_MS: shortMs });
    service.simulator.behave({ neverAnswer: true });
    expect(await caller.post(path, body)).toMatchObject({ status: 504 });
    await service.simulator.waitForOutcome(0, 'left');
  });
});
