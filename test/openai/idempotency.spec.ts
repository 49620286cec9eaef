import { randomUUID } from 'node:crypto';
import OpenAI, { type APIError } from 'openai';
import { countRows } from '../support/database-file.js';
import { query } from '../support/stored.js';
import { until } from '../support/until.js';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

const model = 'gpt-6-luna';
const messages = [{ role: 'user' as const, content: 'hello' }];
const weather = {
  type: 'function' as const,
  name: 'weather',
  parameters: { type: 'object', properties: {} },
  strict: false,
};
const toolCalls = [
  { id: 'call_1', name: 'weather', arguments: '{"city":"Beijing"}' },
  { id: 'call_2', name: 'weather', arguments: '{"city":"Xi\u2019an"}' },
];

let service: OpenAiService;
let client: OpenAI;

/** The client's own option is sent only by a client that names the header. */
class SafeClient extends OpenAI {
  protected override idempotencyHeader = 'Idempotency-Key';
}

async function start(variables: Record<string, string> = {}): Promise<void> {
  service = await startOpenAiService(variables);
  ({ client } = service);
}

afterEach(() => {
  service.expectNoFaults();
  service.simulator.reset();
});

/** A call's options with a key of its own. */
function withKey(key: string = randomUUID()) {
  return { headers: { 'Idempotency-Key': key } };
}

/** Whether the answer came from the record. */
async function isReplayed(call: { asResponse(): Promise<Response> }): Promise<boolean> {
  const { headers } = await call.asResponse();
  return headers.get('idempotency-replayed') === 'true';
}

describe.each(['none', 'simple', 'normal'])('a repeated call with AUTH_MODE=%s', (mode) => {
  beforeAll(() => start({ AUTH_MODE: mode }));
  afterAll(() => service.close());

  it('creates one conversation', async () => {
    const body = {
      metadata: { topic: 'x' },
      items: [{ role: 'user' as const, content: 'hello' }],
    };
    const key = withKey();
    const first = await client.conversations.create(body, key);
    await client.conversations.update(first.id, { metadata: { topic: 'y' } });
    const again = client.conversations.create(body, key);
    expect(await again).toEqual(first);
    expect(await isReplayed(client.conversations.create(body, key))).toBe(true);
    expect(countRows(service, 'conversations')).toBe(1);
    expect(await client.conversations.retrieve(first.id)).toMatchObject({
      created_at: first.created_at,
      metadata: { topic: 'y' },
    });
    expect(await collect(client.conversations.items.list(first.id))).toHaveLength(1);
  });

  it('gives one chat completion', async () => {
    const key = withKey();
    const first = await client.chat.completions.create({ model, messages }, key);
    expect(await client.chat.completions.create({ model, messages }, key)).toEqual(first);
    expect(await isReplayed(client.chat.completions.create({ model, messages }, key))).toBe(true);
    expect(service.simulator.totalCalls).toBe(1);
  });

  it('gives one response, and one turn of its conversation', async () => {
    const { id } = await client.conversations.create();
    const body = { model, input: 'hello', conversation: id };
    const key = withKey();
    const first = await client.responses.create(body, key);
    expect(await client.responses.create(body, key)).toEqual(first);
    expect(await client.responses.retrieve(first.id)).toEqual(first);
    expect(service.simulator.totalCalls).toBe(1);
    expect(await collect(client.conversations.items.list(id))).toHaveLength(2);
  });

  it('compacts once, and adds one compaction to its conversation', async () => {
    const input = [...messages, { role: 'assistant' as const, content: 'hi' }];
    const alone = withKey();
    const window = await client.responses.compact({ model, input }, alone);
    expect(await client.responses.compact({ model, input }, alone)).toEqual(window);
    expect(await isReplayed(client.responses.compact({ model, input }, alone))).toBe(true);
    expect(service.simulator.totalCalls).toBe(1);
    const { id } = await client.conversations.create({ items: input });
    const body = { model, conversation: id };
    const key = withKey();
    const first = await client.responses.compact(body, key);
    expect(await client.responses.compact(body, key)).toEqual(first);
    expect(service.simulator.totalCalls).toBe(2);
    expect(await collect(client.conversations.items.list(id))).toHaveLength(3);
    service.simulator.behave({ status: 503, times: 3 });
    const other = { model, input: 'more' };
    const next = withKey();
    const failed = client.responses.compact(other, { ...next, maxRetries: 0 });
    await expect(failed).rejects.toMatchObject({ status: 502 });
    expect((await client.responses.compact(other, next)).object).toBe('response.compaction');
  });

  it('is another one on another route', async () => {
    const key = withKey();
    await client.chat.completions.create({ model, messages }, key);
    await client.responses.create({ model, input: 'hello' }, key);
    await client.conversations.create({}, key);
    expect(service.simulator.totalCalls).toBe(2);
  });
});

describe('a repeated stream', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it.each([
    ['text', { answer: ['one ', '\u4e8c', '\r', '\nthree'] }, {}],
    ['an unfinished text', { answer: ['one ', 'two'], finishReason: 'length' }, {}],
    ['text and function calls', { answer: ['See: ', 'so'], toolCalls }, { tools: [weather] }],
    ['function calls', { toolCalls }, { tools: [weather] }],
  ])('of a response has the same events, pieces in one: %s', async (_, behaviour, more) => {
    service.simulator.behave(behaviour);
    const body = { model, input: 'hello', stream: true as const, ...more };
    const key = withKey();
    const first = await client.responses.create(body, key).then(collect);
    const again = await client.responses.create(body, key).then(collect);
    expect(again.map(({ sequence_number: number }) => number)).toEqual(again.map((_e, n) => n));
    const named = (events: typeof first) => [...new Set(events.map(({ type }) => type))];
    expect(named(again)).toEqual(named(first));
    const deltas = again.filter(({ type }) => type.endsWith('.delta'));
    expect(deltas.length).toBeLessThan(first.filter(({ type }) => type.endsWith('.delta')).length);
    const last = (events: typeof first) => events.at(-1) as OpenAI.Responses.ResponseCompletedEvent;
    expect(last(again).response).toEqual(last(first).response);
    const helper = client.responses.stream(body, key);
    expect((await helper.finalResponse()).output).toMatchObject(last(first).response.output);
    expect(service.simulator.totalCalls).toBe(1);
    expect(await client.responses.retrieve(last(first).response.id)).toMatchObject({
      output: last(first).response.output,
    });
  });

  it.each([
    ['text', { answer: ['one ', '\u4e8c', '\n', '\u{1F3D4}'] }, {}],
    ['two answers', { answer: ['one ', 'two'] }, { n: 2 }],
    ['function calls', { answer: ['See: ', 'so'], toolCalls }, {}],
    ['usage', { answer: ['one ', 'two'] }, { stream_options: { include_usage: true } }],
  ])('of a chat completion is a valid one, pieces in one: %s', async (_, behaviour, more) => {
    service.simulator.behave(behaviour);
    const body = { model, messages, stream: true as const, ...more };
    const key = withKey();
    const first = await client.chat.completions.create(body, key).then(collect);
    const again = await client.chat.completions.create(body, key).then(collect);
    expect(again.length).toBeLessThan(first.length);
    expect(put(again)).toEqual(put(first));
    const helper = client.chat.completions.stream(body, key);
    const completion = await helper.finalChatCompletion();
    expect(completion.choices.map(({ message }) => message.content)).toEqual(
      put(first).choices.map(({ content }) => content),
    );
    expect(service.simulator.totalCalls).toBe(1);
  });

  it('ends with [DONE] as a stream', async () => {
    const chat = withKey();
    const response = withKey();
    for (const isRepeat of [false, true]) {
      const sent = await client.chat.completions
        .create({ model, messages, stream: true }, chat)
        .asResponse();
      const given = await client.responses
        .create({ model, input: 'x', stream: true }, response)
        .asResponse();
      for (const { headers } of [sent, given]) {
        expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
        expect(headers.get('idempotency-replayed')).toBe(isRepeat ? 'true' : null);
      }
      expect(await sent.text()).toMatch(/\n\ndata: \[DONE\]\n\n$/);
      expect(await given.text()).toMatch(
        /event: response\.completed\ndata: \{.*\}\n\ndata: \[DONE\]\n\n$/,
      );
    }
  });
});

describe('a response in the background', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  const body = { model, input: 'hello', background: true as const };

  function untilCompleted(id: string): Promise<void> {
    return until('it has completed', async () => {
      return (await client.responses.retrieve(id)).status === 'completed';
    });
  }

  it('is begun once, and its repeat is told of the one that runs', async () => {
    service.simulator.behave({ holdBeforeAnswer: true });
    const key = withKey();
    const begun = await client.responses.create(body, key);
    expect(begun.status).toBe('in_progress');
    const again = client.responses.create(body, key);
    expect(await again).toEqual(begun);
    expect((await again.asResponse()).headers.get('idempotency-replayed')).toBe('true');
    service.simulator.release();
    await untilCompleted(begun.id);
    expect(service.simulator.totalCalls).toBe(1);
  });

  it('is followed from its start by the repeat of a stream', async () => {
    service.simulator.behave({ answer: ['one ', 'two'], holdAfterPieces: 1 });
    const key = withKey();
    const streamed = { ...body, stream: true as const };
    const first = client.responses.create(streamed, key).then(collect);
    await service.simulator.waitForCalls(1);
    const repeat = await client.responses.create(streamed, key).asResponse();
    expect(repeat.headers.get('idempotency-replayed')).toBe('true');
    const events = repeat.text();
    service.simulator.release();
    const numbers = [...(await events).matchAll(/"sequence_number":(\d+)/g)].map(([, n]) => n);
    expect(numbers).toHaveLength((await first).length);
    expect(service.simulator.totalCalls).toBe(1);
  });

  it('gives its key back when it could not begin', async () => {
    const { id: conversation } = await client.conversations.create();
    service.simulator.behave({ holdBeforeAnswer: true });
    const other = client.responses.create({ model, input: 'first', conversation });
    await service.simulator.waitForCalls(1);
    const key = withKey();
    await expect(
      client.responses.create({ ...body, conversation }, { ...key, maxRetries: 0 }),
    ).rejects.toMatchObject({ code: 'conversation_locked' });
    service.simulator.release();
    await other;
    service.simulator.behave({});
    const begun = await client.responses.create({ ...body, conversation }, key);
    await untilCompleted(begun.id);
  });
});

describe('a call that is repeated while it runs', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('is waited for by the client\u2019s own retries', async () => {
    service.simulator.behave({ holdBeforeAnswer: true });
    const { id } = await client.conversations.create();
    const body = { model, input: 'hello', conversation: id };
    const key = withKey();
    const first = client.responses.create(body, key);
    await service.simulator.waitForCalls(1);
    const error: unknown = await client.responses
      .create(body, { ...key, maxRetries: 0 })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.ConflictError);
    expect(error).toMatchObject({ code: 'idempotency_key_running' });
    const { headers } = error as APIError<409, Headers>;
    expect(headers.get('x-should-retry')).toBe('true');
    expect(headers.get('retry-after')).toBe('2');
    const { sent } = service.checked;
    const again = client.responses.create(body, key);
    await until('it was refused once', () => service.checked.sent > sent);
    service.simulator.release();
    expect(await again).toEqual(await first);
    expect(service.simulator.totalCalls).toBe(1);
    expect(await collect(client.conversations.items.list(id))).toHaveLength(2);
  });

  it.each([
    [
      'conversations',
      (key: ReturnType<typeof withKey>) => client.conversations.create({}, key),
      'conversations',
      0,
    ],
    [
      'responses',
      (key: ReturnType<typeof withKey>) => client.responses.create({ model, input: 'x' }, key),
      'responses',
      1,
    ],
    [
      'chat completions',
      (key: ReturnType<typeof withKey>) => client.chat.completions.create({ model, messages }, key),
      null,
      1,
    ],
  ])('50 at once are one: %s', async (_, send, table, calls) => {
    const before = table === null ? 0 : countRows(service, table);
    const key = { ...withKey(), maxRetries: 10 };
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(key)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(service.simulator.totalCalls).toBe(calls);
    if (table !== null) expect(countRows(service, table)).toBe(before + 1);
  });

  it('is answered after its client gave up waiting', async () => {
    const safe = new SafeClient({
      baseURL: client.baseURL,
      apiKey: client.apiKey,
      fetch: service.checked.fetch,
      timeout: 500,
    });
    service.simulator.behave({ holdBeforeAnswer: true, answer: 'late' });
    const { id } = await client.conversations.create();
    const { sent } = service.checked;
    // Its first send times out; one of its own retries, with the same key, finds the answer.
    const answer = safe.responses.create({ model, input: 'hello', conversation: id });
    await until('the client has sent it again', () => service.checked.sent > sent + 1);
    service.simulator.release();
    expect((await answer).output_text).toBe('late');
    expect(service.simulator.totalCalls).toBe(1);
    expect(await collect(client.conversations.items.list(id))).toHaveLength(2);
  });
});

describe('a client that leaves', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it.each([true, false])('finds its response when it comes back (stream: %s)', async (stream) => {
    service.simulator.behave({ answer: ['one ', 'two'], holdAfterPieces: stream ? 1 : 0 });
    if (!stream) service.simulator.behave({ answer: 'one two', holdBeforeAnswer: true });
    const { id } = await client.conversations.create();
    const body = { model, input: 'hello', conversation: id, stream };
    const key = withKey();
    const leaving = new AbortController();
    const opened = client.responses.create(body, { ...key, signal: leaving.signal });
    await service.simulator.waitForCalls(1);
    if (stream) {
      const events = (await opened) as AsyncIterable<OpenAI.Responses.ResponseStreamEvent>;
      for await (const { type } of events) if (type === 'response.output_text.delta') break;
    }
    leaving.abort();
    if (!stream) await expect(opened).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    service.simulator.release();
    await service.simulator.waitForOutcome(0, 'answered');
    const again = client.responses.create(body, { ...key, maxRetries: 10 });
    const { headers } = await again.asResponse();
    expect(headers.get('idempotency-replayed')).toBe('true');
    expect(service.simulator.totalCalls).toBe(1);
    const items = await collect(client.conversations.items.list(id, { order: 'asc' }));
    expect(items).toMatchObject([{ role: 'user' }, { content: [{ text: 'one two' }] }]);
  });

  it('finds its chat completion when it comes back', async () => {
    service.simulator.behave({ answer: ['one ', 'two'], holdAfterPieces: 1 });
    const key = withKey();
    const body = { model, messages, stream: true as const };
    const stream = await client.chat.completions.create(body, key);
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    service.simulator.release();
    await service.simulator.waitForOutcome(0, 'answered');
    const again = client.chat.completions.create(body, { ...key, maxRetries: 10 });
    expect(put(await again.then(collect)).choices).toMatchObject([{ content: 'one two' }]);
    expect(service.simulator.totalCalls).toBe(1);
  });
});

describe('what a key remembers', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  const calls = {
    'chat completion': (content: string, key: ReturnType<typeof withKey>) =>
      client.chat.completions.create({ model, messages: [{ role: 'user', content }] }, key),
    'streamed chat completion': (content: string, key: ReturnType<typeof withKey>) =>
      client.chat.completions.create(
        { model, messages: [{ role: 'user', content }], stream: true },
        key,
      ),
    response: (input: string, key: ReturnType<typeof withKey>) =>
      client.responses.create({ model, input }, key),
    'streamed response': (input: string, key: ReturnType<typeof withKey>) =>
      client.responses.create({ model, input, stream: true }, key),
    conversation: (topic: string, key: ReturnType<typeof withKey>) =>
      client.conversations.create({ metadata: { topic } }, key),
  };
  const all = Object.entries(calls);
  const asking = all.filter(([name]) => name !== 'conversation');

  it.each(all)('is the body, so that another one is refused: %s', async (_, send) => {
    const key = withKey();
    await send('one', key);
    const before = service.simulator.totalCalls;
    await expect(send('two', key)).rejects.toMatchObject({
      constructor: OpenAI.BadRequestError,
      code: 'idempotency_key_reused',
      type: 'invalid_request_error',
    });
    expect(service.simulator.totalCalls).toBe(before);
    expect(await isReplayed(send('one', key))).toBe(true);
  });

  it.each(all)('is nothing of a key that is none: %s', async (_, send) => {
    await expect(send('one', withKey('x'.repeat(256)))).rejects.toMatchObject({
      status: 400,
      code: 'invalid_idempotency_key',
    });
    expect(service.simulator.totalCalls).toBe(0);
  });

  it.each(asking)('is a refusal that stays one: %s', async (_, send) => {
    const error = { message: 'Never.', param: 'messages', code: 'bad_messages' };
    service.simulator.behave({ status: 400, error });
    const key = withKey();
    const first = await reasonOf(send('x', key));
    const again = await reasonOf(send('x', key));
    expect(again).toMatchObject({ status: 400, code: 'bad_messages', param: 'messages' });
    expect(again).toMatchObject({ message: first.message });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(service.simulator.totalCalls).toBe(1);
  });

  it.each(asking)(
    'is nothing of a fault, which the client\u2019s retry gets over: %s',
    async (_, send) => {
      service.simulator.behave({ status: 500, times: 3 });
      const key = withKey();
      const { sent } = service.checked;
      const answer = await send('x', key).asResponse();
      expect(answer.status).toBe(200);
      expect(answer.headers.get('idempotency-replayed')).toBeNull();
      expect(service.checked.sent).toBe(sent + 2);
      await answer.text();
      expect(await isReplayed(send('x', key))).toBe(true);
    },
  );

  it.each(asking)('is nothing of exhausted supply: %s', async (_, send) => {
    service.simulator.behave({ status: 429, headers: { 'retry-after': '20' } });
    const key = withKey();
    // The client would wait for as long as it is told before each of its retries.
    const refused = { ...key, maxRetries: 0 };
    await expect(send('x', refused)).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    service.simulator.reset();
    service.clock.advance(60_000);
    expect(await isReplayed(send('x', key))).toBe(false);
  });

  it('is nothing of a conversation that another turn holds', async () => {
    const { id } = await client.conversations.create();
    service.simulator.behave({ holdBeforeAnswer: true });
    const other = client.responses.create({ model, input: 'other', conversation: id });
    await service.simulator.waitForCalls(1);
    const key = withKey();
    const body = { model, input: 'x', conversation: id };
    await expect(client.responses.create(body, key)).rejects.toMatchObject({
      status: 400,
      code: 'conversation_locked',
    });
    service.simulator.release();
    await other;
    service.simulator.reset();
    expect((await client.responses.create(body, key)).status).toBe('completed');
  });

  it('is nothing of a response that failed after its start', async () => {
    service.simulator.behave({ answer: ['one', 'two'], cutAfterPieces: 1 });
    const body = { model, input: 'x', stream: true as const };
    const key = withKey();
    const failed = await client.responses.create(body, key).then(collect);
    expect(failed.at(-1)?.type).toBe('response.failed');
    service.simulator.reset();
    const again = await client.responses.create(body, key).then(collect);
    expect(again.at(-1)?.type).toBe('response.completed');
  });

  it('is no call without a key', async () => {
    const count = () => query(service.databaseFile, 'SELECT 1 FROM idempotency_records').length;
    const before = count();
    // The client sends its own option only where a subclass names the header.
    await client.responses.create({ model, input: 'x' }, { idempotencyKey: 'unsent' });
    expect(count()).toBe(before);
  });
});

describe('a turn that left out a part of its history', () => {
  beforeAll(() => start({ MODEL_WINDOWS: `${model}=2000` }));
  afterAll(() => service.close());

  it.each([false, true])('says so again when it is repeated (stream: %s)', async (stream) => {
    const long = (name: string) => ({
      role: 'user' as const,
      content: `${name} ${'word '.repeat(300)}`,
    });
    const { id } = await client.conversations.create();
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      await client.conversations.items.create(id, { items: [long(name)] });
    }
    const key = withKey();
    const body = { model, input: 'last', conversation: id, stream };
    const accept = stream ? { accept: 'text/event-stream' } : {};
    const told: (string | null)[] = [];
    for (let sent = 0; sent < 2; sent += 1) {
      const response = await client.responses.create(body, key).asResponse();
      // Until its end, the turn holds the conversation.
      await response.text();
      const chat = await service.caller.chat(id, 'more', { ...key.headers, ...accept });
      told.push(response.headers.get('x-context-trimmed'), chat.headers.get('x-context-trimmed'));
      expect(chat.headers.get('idempotency-replayed')).toBe(sent === 0 ? null : 'true');
    }
    expect(Number(told[0])).toBeGreaterThan(0);
    expect(Number(told[1])).toBeGreaterThan(0);
    expect(told.slice(2)).toEqual(told.slice(0, 2));
    expect(service.simulator.totalCalls).toBe(2);
  });
});

/** What the chunks of a stream add up to. */
function put(chunks: OpenAI.ChatCompletionChunk[]) {
  const choices: { content: string; calls: string[]; reason: string | null }[] = [];
  let usage: OpenAI.CompletionUsage | null = null;
  for (const chunk of chunks) {
    usage = chunk.usage ?? usage;
    for (const { index, delta, finish_reason: reason } of chunk.choices) {
      const choice = (choices[index] ??= { content: '', calls: [], reason: null });
      choice.content += delta.content ?? '';
      choice.reason = reason ?? choice.reason;
      for (const call of delta.tool_calls ?? []) {
        const { id = '', function: { name = '', arguments: text = '' } = {} } = call;
        choice.calls[call.index] = `${choice.calls[call.index] ?? ''}${id}${name}${text}`;
      }
    }
  }
  const { id, created } = chunks[0]!;
  return { id, created, model: chunks[0]!.model, choices, usage };
}

/** What the call is refused with. */
async function reasonOf(call: Promise<unknown>): Promise<APIError<number, Headers>> {
  const thrown: unknown = await call.catch((error: unknown) => error);
  return thrown as APIError<number, Headers>;
}
