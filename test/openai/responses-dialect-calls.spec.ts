import OpenAI from 'openai';
import type { Behaviour } from '../../tools/simulator/behaviour.js';
import type { RecordedCall } from '../../tools/simulator/calls.js';
import { scrape } from '../support/scrape.js';
import { setUpstreamLimits } from '../support/upstream-limits.js';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';
import { checkResponsesRequest } from './responses-requests.js';

const model = 'gpt-6-luna';
const messages = [{ role: 'user' as const, content: 'Hello' }];
const parameters = { type: 'object', properties: { place: { type: 'string' } } };
const tools: OpenAI.Chat.ChatCompletionTool[] = [
  { type: 'function', function: { name: 'look_up', parameters } },
];

let service: OpenAiService;
let client: OpenAI;

async function start(variables: Record<string, string> = {}): Promise<void> {
  service = await startOpenAiService({ UPSTREAM_DIALECT: 'responses', ...variables });
  ({ client } = service);
}

function strictly(): void {
  service.simulator.configure({ strictness: 'strict', reasoningModels: ['gpt-6'] });
}

afterEach(() => {
  service.expectNoFaults();
  const asked = service.simulator.calls.filter(({ path }) => path === '/v1/responses');
  expect(asked.flatMap(({ body }) => checkResponsesRequest(body))).toEqual([]);
  service.simulator.reset();
});

function lastCall(): RecordedCall {
  return service.simulator.calls.at(-1)!;
}

/** What a call fails with, sent once. */
async function failureOf(send: Promise<unknown>): Promise<unknown> {
  return send.then(
    () => null,
    (error: unknown) => error,
  );
}

describe('POST /v1/chat/completions', () => {
  beforeAll(() => start());
  afterAll(() => service.close());
  beforeEach(strictly);

  it.each([false, true])(
    'calls functions and is given what they say (stream: %s)',
    async (stream) => {
      service.simulator.behave({
        toolCalls: [{ id: 'call_1', name: 'look_up', arguments: '{"place":"here"}' }],
        answer: '',
        times: 1,
      });
      const request = { model, messages, tools };
      const { choices } = stream
        ? await client.chat.completions.stream(request).finalChatCompletion()
        : await client.chat.completions.create(request);
      const [choice] = choices;
      expect(choice).toMatchObject({
        finish_reason: 'tool_calls',
        message: { tool_calls: [{ id: 'call_1', function: { name: 'look_up' } }] },
      });
      const next = [
        ...[...messages, choice!.message],
        { role: 'tool' as const, tool_call_id: 'call_1', content: 'Sunny' },
      ];
      const last = await client.chat.completions.create({ model, messages: next, tools });
      expect(last.choices[0]?.message.content).toBe('You said: Hello');
      expect(lastCall()).toMatchObject({ path: '/v1/responses', outcome: 'answered' });
      expect(lastCall().body).toMatchObject({
        store: false,
        tools: [{ type: 'function', name: 'look_up', parameters }],
        input: [
          { role: 'user' },
          { type: 'function_call', call_id: 'call_1', arguments: '{"place":"here"}' },
          { type: 'function_call_output', call_id: 'call_1', output: 'Sunny' },
        ],
      });
    },
  );

  it('is answered in a format, with its effort and its usage', async () => {
    const json_schema = { name: 'answer', schema: parameters, strict: true };
    const { usage } = await client.chat.completions.create({
      ...{ model, messages, reasoning_effort: 'low', verbosity: 'low' },
      response_format: { type: 'json_schema', json_schema },
    });
    expect(lastCall().body).toMatchObject({
      text: { format: { type: 'json_schema', ...json_schema }, verbosity: 'low' },
      reasoning: { effort: 'low' },
    });
    expect(usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0);
  });

  it('is streamed with its usage', async () => {
    const chunks = await collect(
      await client.chat.completions.create({
        ...{ model, messages, stream: true },
        stream_options: { include_usage: true },
      }),
    );
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
    expect(text).toBe('You said: Hello');
    expect(chunks.at(-1)?.usage?.total_tokens).toBeGreaterThan(0);
  });

  it('is a 400 that names what the service has nothing like', async () => {
    const error = await failureOf(client.chat.completions.create({ model, messages, n: 2 }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param: 'n', code: 'unsupported_parameter' });
    expect(service.simulator.totalCalls).toBe(0);
  });

  it('is asked once for each Idempotency-Key', async () => {
    const idempotencyKey = 'one-of-its-kind';
    const headers = { 'Idempotency-Key': idempotencyKey };
    const first = await client.chat.completions.create({ model, messages }, { headers });
    const again = await client.chat.completions.create({ model, messages }, { headers });
    expect(again).toEqual(first);
    expect(service.simulator.totalCalls).toBe(1);
  });

  it('leaves embeddings and completions as they are', async () => {
    await client.embeddings.create({ model: 'text-embedding-3-small', input: 'Hi' });
    expect(lastCall().path).toBe('/v1/embeddings');
    await client.completions.create({ model, prompt: 'Hi', n: 2 });
    expect(lastCall()).toMatchObject({ path: '/v1/completions', body: { n: 2 } });
  });
});

describe('UPSTREAM_AUTH=api-key', () => {
  beforeAll(() => start({ UPSTREAM_AUTH: 'api-key' }));
  afterAll(() => service.close());

  it('sends the key in that header, whatever is asked', async () => {
    await client.responses.create({ model, input: 'Hi' });
    await client.chat.completions.create({ model, messages });
    expect(service.simulator.calls.map(({ path, keyHeader }) => [path, keyHeader])).toEqual([
      ['/v1/responses', 'api-key'],
      ['/v1/responses', 'api-key'],
    ]);
  });
});

describe('a refusal by the model service', () => {
  beforeAll(() => start());
  afterAll(() => service.close());
  beforeEach(strictly);

  const aboutThoughts: NonNullable<Behaviour['failure']>[] = [
    'reasoning_without_following_item',
    'function_call_without_reasoning',
    'message_without_reasoning',
    'item_not_found',
    'invalid_encrypted_content',
  ];
  const others: NonNullable<Behaviour['failure']>[] = [
    'tool_output_without_call',
    'tool_call_without_output',
    'duplicate_item',
    'responses_only_model',
    'tools_with_effort',
  ];

  it.each(aboutThoughts)(
    'of what was thought is asked once more without that: %s',
    async (failure) => {
      const { id: conversation } = await client.conversations.create();
      await client.responses.create({ model, conversation, input: 'One' });
      service.simulator.behave({ failure, times: 1 });
      for (const stream of [false, true]) {
        const answer = await client.responses.create({ model, conversation, input: 'Two', stream });
        if (stream) await collect(answer as AsyncIterable<unknown>);
      }
      const requests = service.simulator.calls.map(({ body, key, outcome }) => {
        const input = body['input'] as { type: string; id?: string }[];
        return [key, outcome, input.filter(({ type }) => type === 'reasoning').length];
      });
      const [, refused, again] = service.simulator.calls;
      const { key } = refused!;
      expect(requests).toEqual([
        [key, 'answered', 0],
        [key, 'refused', 1],
        [key, 'answered', 0],
        // What was thought behind less is none behind more; the first is good still.
        [key, 'answered', 1],
      ]);
      expect(JSON.stringify(again?.body['input'])).not.toContain('"id"');
    },
  );

  it.each(aboutThoughts)(
    'of what was thought, again and again, is an error: %s',
    async (failure) => {
      service.simulator.behave({ failure });
      const error = await failureOf(
        client.responses.create({ model, input: 'x' }, { maxRetries: 0 }),
      );
      expect(error).toBeInstanceOf(OpenAI.APIError);
      service.simulator.reset();
      await expect(client.responses.create({ model, input: 'x' })).resolves.toMatchObject({
        status: 'completed',
      });
    },
  );

  it.each(others)('of anything else is the caller’s to read: %s', async (failure) => {
    service.simulator.behave({ failure });
    const error = await failureOf(client.responses.create({ model, input: 'x' }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(service.simulator.totalCalls).toBeLessThanOrEqual(2);
  });
});

describe('a failure within a stream', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  const error = { message: 'Broken.', code: 'server_error' };

  it.each<[string, Behaviour]>([
    ['an error event', { errorAfterPieces: 0, error }],
    ['a failed response', { failAfterPieces: 0, error }],
    ['an end', { endAfterPieces: 0 }],
    ['a cut', { cutAfterPieces: 0 }],
  ])('before the first word is tried again: %s', async (_, behaviour) => {
    service.simulator.behave({ ...behaviour, times: 1 });
    const events = await collect(
      await client.responses.create({ model, input: 'x', stream: true }),
    );
    expect(events.at(-1)?.type).toBe('response.completed');
    expect(service.simulator.totalCalls).toBe(2);
  });

  it.each<[string, Behaviour]>([
    ['an error event', { errorAfterPieces: 1, error }],
    ['a failed response', { failAfterPieces: 1, error }],
    ['an end', { endAfterPieces: 1 }],
    ['a cut', { cutAfterPieces: 1 }],
  ])('after the first word is told, and nothing is kept: %s', async (_, behaviour) => {
    const { id: conversation } = await client.conversations.create();
    service.simulator.behave({ answer: ['one', 'two'], ...behaviour });
    const events = await collect(
      await client.responses.create({ model, conversation, input: 'x', stream: true }),
    );
    const numbers = events.map(({ sequence_number }) => sequence_number);
    expect(numbers).toEqual([...numbers.keys()]);
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'server_error' } },
    });
    expect(service.simulator.totalCalls).toBe(1);
    expect(await collect(client.conversations.items.list(conversation))).toEqual([]);
    const answer = await service.caller.chat(conversation, 'x', { accept: 'text/event-stream' });
    expect(answer.text).toContain('one');
    expect(await service.caller.sentences(conversation)).toEqual([]);
  });

  it('that is about the request is the caller’s, and asked once', async () => {
    const refused = { message: 'Not that.', code: 'invalid_prompt' };
    for (const stream of [false, true]) {
      service.simulator.reset();
      service.simulator.behave({ failAfterPieces: 0, error: refused });
      const failure = await failureOf(client.responses.create({ model, input: 'x', stream }));
      expect(failure).toBeInstanceOf(OpenAI.BadRequestError);
      expect(service.simulator.totalCalls).toBe(1);
    }
    for (const behaviour of [{ failAfterPieces: 0 }, { errorAfterPieces: 0 }]) {
      service.simulator.reset();
      service.simulator.behave({ ...behaviour, error: refused });
      const request = { model, messages, stream: true as const };
      const failure = await failureOf(client.chat.completions.create(request));
      expect(failure).toBeInstanceOf(OpenAI.BadRequestError);
      expect(service.simulator.totalCalls).toBe(1);
    }
  });

  it('that limits the key moves a chat completion to another one', async () => {
    const limited = { message: 'Slower.', code: 'rate_limit_exceeded' };
    service.simulator.behave({ failAfterPieces: 0, error: limited, times: 1 });
    const request = { model, messages, stream: true as const };
    await collect(await client.chat.completions.create(request));
    expect(new Set(service.simulator.calls.map(({ key }) => key)).size).toBe(2);
    service.clock.advance(120_000);
  });

  it('is no answer that ends too early', async () => {
    service.simulator.behave({ finishReason: 'length', answer: 'Cut off' });
    const response = await client.responses.create({ model, input: 'x' });
    expect(response).toMatchObject({
      ...{ status: 'incomplete', output_text: 'Cut off' },
      incomplete_details: { reason: 'max_output_tokens' },
    });
    const { choices } = await client.chat.completions.create({ model, messages });
    expect(choices[0]?.finish_reason).toBe('length');
  });
});

describe('a stream in which events are missing and come twice', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('is read by the official client, and kept once', async () => {
    const content = [{ type: 'output_text', text: 'Hello', annotations: [] }];
    const item = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content };
    const at = { output_index: 0, content_index: 0, item_id: 'msg_1' };
    const done = { type: 'response.output_item.done', output_index: 0, item };
    const events = [
      ...[{ type: 'response.output_text.delta', ...at, delta: 'Hel' }, done, done],
      { type: 'response.output_text.delta', ...at, delta: ' once more' },
      { type: 'response.completed', response: { status: 'completed', output: [], usage: null } },
      { type: 'response.output_text.delta', ...at, output_index: 1, delta: 'And more' },
    ];
    const rawBody = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
    service.simulator.behave({ rawBody, contentType: 'text/event-stream' });
    const response = await client.responses.stream({ model, input: 'x' }).finalResponse();
    expect(response).toMatchObject({ status: 'completed', output_text: 'Hello' });
    const request = { model, messages, stream: true as const };
    const chunks = await collect(await client.chat.completions.create(request));
    const words = chunks.map(({ choices }) => choices[0]?.delta.content ?? '');
    expect(words.join('')).toBe('Hello');
    const id = await service.caller.create();
    const { text } = await service.caller.chat(id, 'x', { accept: 'text/event-stream' });
    expect(text).toBe('data: Hel\n\ndata: lo\n\ndata: [DONE]\n\n');
    expect(await service.caller.sentences(id)).toEqual(['x', 'Hello']);
  });
});

describe('a model that thinks for longer than the first word may take', () => {
  beforeAll(() => start());
  afterAll(() => service.close());
  afterEach(() => {
    setUpstreamLimits(service, {});
  });

  const wait = (count: number) => Array.from({ length: count }, () => ({ pauseMs: 150 }));
  const said = { type: 'message', content: 'At last' };

  it('is waited for as long as events come', async () => {
    const events = wait(8).flatMap((pause) => [pause, { event: { type: 'keepalive' } }]);
    service.simulator.behave({ output: [...events, said] });
    setUpstreamLimits(service, { UPSTREAM_FIRST_BYTE_TIMEOUT_MS: '1000' });
    const all = await collect(await client.responses.create({ model, input: 'x', stream: true }));
    expect(all.at(-1)?.type).toBe('response.completed');
    expect(service.simulator.totalCalls).toBe(1);
  });

  it('is waited for as long within its answer, while it thinks and while a tool runs', async () => {
    const thinking = { pauseMs: 400, inside: true } as const;
    service.simulator.behave({
      output: [
        ...[thinking, { type: 'reasoning' }, { type: 'message', content: 'So far.' }],
        ...[thinking, { type: 'code_interpreter_call', id: 'ci_1' }],
        ...[thinking, { type: 'reasoning', summary: ['Well.'] }, said],
      ],
    });
    setUpstreamLimits(service, { UPSTREAM_IDLE_TIMEOUT_MS: '100' });
    const all = await collect(await client.responses.create({ model, input: 'x', stream: true }));
    expect(all.at(-1)?.type).toBe('response.completed');
    const chunks = await collect(
      await client.chat.completions.create({ model, messages, stream: true }),
    );
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
      'So far.\n\nAt last',
    );
    expect(service.simulator.totalCalls).toBe(2);
  });

  it('is given up where nothing comes', async () => {
    service.simulator.behave({ output: [{ hold: true }, said] });
    setUpstreamLimits(service, { UPSTREAM_FIRST_BYTE_TIMEOUT_MS: '100' });
    const error = await failureOf(
      client.responses.create({ model, input: 'x', stream: true }, { maxRetries: 0 }),
    );
    expect(error).toMatchObject({ status: 504 });
  });
});

describe('what the service leaves out of what it was told', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('is counted by its reason', async () => {
    const removed = (reason: string) => ({ type: 'reasoning', action: 'removed', id: 'x', reason });
    const input_transformations = ['prefix_mismatch', 'prefix_mismatch', 'anything'].map(removed);
    const before = await scrape(service.url);
    service.simulator.behave({ responseFields: { input_transformations } });
    await client.responses.create({ model, input: 'x' });
    const after = await scrape(service.url);
    const grown = (reason: string): number => {
      const name = `alice_upstream_input_transformations_total{reason="${reason}"}`;
      return after.value(name) - before.value(name);
    };
    expect(['prefix_mismatch', 'other', 'model_mismatch'].map(grown)).toEqual([2, 1, 0]);
  });
});

describe('compaction by the service', () => {
  beforeAll(() => start());
  afterAll(() => service.close());
  beforeEach(strictly);

  it('takes the place of what was said before it, and is kept beside that', async () => {
    const { id: conversation } = await client.conversations.create();
    const ask = (input: string, threshold: number) =>
      client.responses.create({
        ...{ model, conversation, input },
        context_management: [{ type: 'compaction', compact_threshold: threshold }],
      });
    await ask(`One ${'word '.repeat(200)}`, 1_000_000);
    const { output } = await ask('Two', 10);
    expect(output.map(({ type }) => type)).toEqual(['compaction', 'reasoning', 'message']);
    await ask('Three', 1_000_000);
    const input = lastCall().body['input'] as { type: string }[];
    expect(input.map(({ type }) => type)).toEqual([
      ...['compaction', 'reasoning', 'message', 'message'],
    ]);
    expect(lastCall().outcome).toBe('answered');
    expect(await collect(client.conversations.items.list(conversation))).toHaveLength(10);
  });
});
