import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import OpenAI from 'openai';
import { token } from '../support/service.js';
import { collect } from './collect.js';
import { zodlessTool } from './tools.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

let service: OpenAiService;

afterEach(() => {
  service.expectNoFaults();
  service.simulator.reset();
});

const messages = [{ role: 'user' as const, content: 'hello' }];
const model = 'gpt-6-luna';

describe.each(['simple', 'normal'])('with AUTH_MODE=%s', (mode) => {
  beforeAll(async () => {
    service = await startOpenAiService({ AUTH_MODE: mode });
  });
  afterAll(() => service.close());

  it('lists the configured and the upstream\u2019s models', async () => {
    const listed = await collect(service.client.models.list());
    expect(listed.map(({ id }) => id)).toEqual(['gpt-6-luna', 'gpt-6-sol', 'gpt-4.1-mini']);
    expect(await service.client.models.retrieve('gpt-6-sol')).toMatchObject({ object: 'model' });
    await expect(service.client.models.retrieve('none')).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
  });

  it('answers a chat completion, and passes every field on', async () => {
    const body = {
      model,
      messages,
      n: 2,
      seed: 7,
      stop: ['x'],
      logprobs: true,
      response_format: { type: 'json_object' as const },
      service_of_tomorrow: { a: [1, null] },
    };
    const answer = await service.client.chat.completions.create(body);
    expect(answer.choices.map(({ message }) => message.content)).toEqual([
      'You said: hello',
      'You said: hello',
    ]);
    expect(answer._request_id).toMatch(/^req_/);
    expect(service.simulator.calls[0]?.body).toEqual(body);
  });

  it.each([1, 2])('streams a chat completion with %i choices and its usage', async (n) => {
    const stream = await service.client.chat.completions.create({
      model,
      messages,
      n,
      stream: true,
      stream_options: { include_usage: true },
    });
    const texts = Array.from({ length: n }, () => '');
    let usage = null;
    for await (const chunk of stream) {
      for (const { index, delta } of chunk.choices)
        texts[index] = `${texts[index] ?? ''}${delta.content ?? ''}`;
      usage = chunk.usage ?? usage;
    }
    expect(texts).toEqual(texts.map(() => 'You said: hello'));
    expect(usage).toMatchObject({ prompt_tokens: 2 });
  });

  it('serves the stream helper and runTools', async () => {
    const helper = service.client.chat.completions.stream({ model, messages });
    expect(await helper.finalContent()).toBe('You said: hello');
    service.simulator.behave({
      toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Beijing"}' }],
      times: 1,
    });
    const runner = service.client.chat.completions.runTools({
      model,
      messages,
      tools: [zodlessTool('weather', () => 'sunny')],
    });
    expect(await runner.finalContent()).toBe('You said: hello');
    const { body } = service.simulator.calls.at(-1)!;
    expect(body['messages']).toMatchObject([
      {},
      { tool_calls: [{ id: 'call_1' }] },
      { role: 'tool', content: 'sunny' },
    ]);
  });

  it('passes completions and embeddings', async () => {
    const completion = await service.client.completions.create({ model, prompt: 'hello' });
    expect(completion.choices[0]?.text).toBe('You said: hello');
    const { data } = await service.client.embeddings.create({ model, input: ['four', 'x'] });
    expect(data.map(({ embedding }) => embedding)).toEqual([
      [4 / 1024, 0.5, -0.25],
      [1 / 1024, 0.5, -0.25],
    ]);
  });

  it('serves 50 calls at once', async () => {
    const calls = Array.from({ length: 50 }, () =>
      service.client.chat.completions.create({ model, messages }),
    );
    const answers = await Promise.all(calls);
    expect(answers.map(({ choices }) => choices[0]?.message.content)).toEqual(
      Array(50).fill('You said: hello'),
    );
  });
});

describe('a call that is passed on', () => {
  beforeAll(async () => {
    service = await startOpenAiService();
  });
  afterAll(() => service.close());

  it.each([1, 3, 17])('is whole when the upstream cuts it every %i bytes', async (sliceBytes) => {
    service.simulator.behave({ answer: ['梦', '想 ', '\u{1F3D4}', 'end'], sliceBytes });
    const helper = service.client.chat.completions.stream({ model, messages });
    expect(await helper.finalContent()).toBe('梦想 \u{1F3D4}end');
  });

  it('goes to another key after a refusal or a fault', async () => {
    service.simulator.behave({ status: 500, times: 1 });
    service.simulator.behave({ status: 429, times: 1 });
    const stream = await service.client.chat.completions.create({ model, messages, stream: true });
    expect(await collect(stream)).not.toEqual([]);
    expect(service.checked.sent).toBeGreaterThan(0);
    expect(service.simulator.totalCalls).toBe(3);
  });

  it.each([false, true])(
    'has the upstream\u2019s reason when it refuses (stream: %s)',
    async (stream) => {
      const error = { message: 'Bad sk-test-1.', param: 'messages', code: 'bad_messages' };
      service.simulator.behave({ status: 400, error });
      const call = service.client.chat.completions.create({ model, messages, stream });
      await expect(call).rejects.toMatchObject({
        constructor: OpenAI.BadRequestError,
        message: '400 Bad [redacted].',
        type: 'invalid_request_error',
        param: 'messages',
        code: 'bad_messages',
      });
    },
  );

  it('is a 404 for an unknown model', async () => {
    service.simulator.behave({ status: 404 });
    const call = service.client.chat.completions.create({ model: 'none', messages });
    await expect(call).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
    });
    expect(service.simulator.totalCalls).toBe(1);
  });

  it('is an error in the stream when the upstream breaks off', async () => {
    service.simulator.behave({ answer: ['one', 'two'], cutAfterPieces: 1 });
    const stream = await service.client.chat.completions.create({ model, messages, stream: true });
    await expect(collect(stream)).rejects.toMatchObject({ type: 'server_error' });
  });

  it('ends its upstream call when the client leaves', async () => {
    service.simulator.behave({ answer: ['one', 'two'], holdAfterPieces: 1 });
    const stream = await service.client.chat.completions.create({ model, messages, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    await service.simulator.waitForOutcome(0, 'left');
  });

  it('takes no address and no key from its body', async () => {
    const body = { model, messages, base_url: 'http://127.0.0.1:1', api_key: 'sk-mine' };
    await service.client.chat.completions.create(body);
    expect(service.simulator.calls[0]?.key).toMatch(/^sk-test-/);
  });
});

describe('numbers beyond 2^53', () => {
  const bodies: string[] = [];
  const upstream = createServer((request, response) => {
    void textOf(request).then((body) => {
      if (request.method === 'POST') bodies.push(body);
      const message = { role: 'assistant', content: 'Hi', refusal: null };
      const choices = [{ index: 0, message, finish_reason: 'stop', logprobs: null }];
      const head = { id: 'c', object: 'chat.completion', created: 1, model };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ...head, choices, data: [] }));
    });
  });

  beforeAll(async () => {
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const { port } = upstream.address() as AddressInfo;
    service = await startOpenAiService({ OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` });
  });
  afterAll(async () => {
    await service.close();
    upstream.close();
  });

  it('reach the upstream digit for digit', async () => {
    const fields = '"seed":9007199254740993,"x":{"maximum":-9223372036854775808,"y":[1,0.5]}';
    const body = `{"model":"${model}","messages":[{"role":"user","content":"9007199254740993"}],${fields}}`;
    const { status } = await fetch(`${service.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
    });
    expect([status, bodies]).toEqual([200, [body]]);
  });
});

describe('a model with a slash in its name', () => {
  const name = 'Qwen/Qwen3-8B';

  beforeAll(async () => {
    service = await startOpenAiService({ FAST_MODEL: name });
  });
  afterAll(() => service.close());

  it('is found, whether the slash is encoded or not', async () => {
    expect(await service.client.models.retrieve(name)).toMatchObject({ id: name });
    expect(await service.client.get(`/models/${name}`)).toMatchObject({ id: name });
    await expect(service.client.get('/models/Qwen/none')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
    });
  });
});

describe('errors', () => {
  beforeAll(async () => {
    service = await startOpenAiService();
  });
  afterAll(() => service.close());

  const sentBy = async (client: OpenAI, call: (client: OpenAI) => Promise<unknown>) => {
    const before = service.checked.sent;
    const error: unknown = await call(client).catch((thrown: unknown) => thrown);
    return { error, sent: service.checked.sent - before };
  };

  it('of auth are AuthenticationError', async () => {
    const client = service.clientWith({ apiKey: 'wrong' });
    const { error, sent } = await sentBy(client, (it) => it.models.list());
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({
      code: 'invalid_api_key',
      requestID: expect.any(String) as string,
    });
    expect(sent).toBe(1);
  });

  it('of unknown routes, bodies and fields are in OpenAI\u2019s shape', async () => {
    const { client } = service;
    await expect(client.get('/nothing')).rejects.toMatchObject({
      status: 404,
      code: 'unknown_url',
      type: 'invalid_request_error',
    });
    await expect(client.post('/chat/completions', { body: {} })).rejects.toMatchObject({
      status: 400,
      param: 'model',
      code: 'missing_required_parameter',
    });
    await expect(
      client.post('/chat/completions', { body: { model, messages, stream: 'yes' } }),
    ).rejects.toMatchObject({ status: 400, param: 'stream', code: 'invalid_type' });
    await expect(
      client.post('/embeddings', { body: { model, input: 'x', stream: true } }),
    ).rejects.toMatchObject({ status: 400, param: 'stream', code: 'unsupported_parameter' });
    const deep = JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) as unknown;
    await expect(
      client.post('/embeddings', { body: { model, input: deep } }),
    ).rejects.toMatchObject({ status: 400 });
  });

  it.each([
    ['20', null],
    ['120', 'false'],
  ])('of supply that is exhausted for %s s say x-should-retry: %s', async (seconds, retry) => {
    service.simulator.behave({ status: 429, headers: { 'retry-after': seconds } });
    const client = service.clientWith({ maxRetries: 0 });
    const { error } = await sentBy(client, (it) => it.chat.completions.create({ model, messages }));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    const { headers } = error as InstanceType<typeof OpenAI.RateLimitError>;
    expect(headers.get('retry-after')).toBe(seconds);
    expect(headers.get('x-should-retry')).toBe(retry);
    service.simulator.reset();
    service.clock.advance(600_000);
  });

  it('of faults are sent again', async () => {
    service.simulator.behave({ status: 500 });
    const failing = await sentBy(service.client, (client) =>
      client.chat.completions.create({ model, messages }),
    );
    expect(failing.error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(failing.sent).toBe(3);
  });

  it('of a body over the limit are 413', async () => {
    const call = service.client.embeddings.create({ model, input: 'x'.repeat(20_971_520) });
    await expect(call).rejects.toMatchObject({ status: 413 });
  });
});
