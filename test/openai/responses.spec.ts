/* eslint-disable @typescript-eslint/no-deprecated -- deprecated fields are still taken */
import OpenAI from 'openai';
import { countRows } from '../support/database-file.js';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

let service: OpenAiService;
let client: OpenAI;

afterEach(() => {
  service.expectNoFaults();
  service.simulator.reset();
});

async function start(variables: Record<string, string> = {}): Promise<void> {
  service = await startOpenAiService(variables);
  ({ client } = service);
}

const model = 'gpt-6-luna';
const weather = {
  type: 'function' as const,
  name: 'weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
};
const call = { id: 'call_1', name: 'weather', arguments: '{"city":"Beijing"}' };

/** What the upstream was asked last. */
function asked(): Record<string, unknown> {
  return service.simulator.calls.at(-1)!.body;
}

function itemsOf(id: string) {
  return collect(client.conversations.items.list(id, { order: 'asc' }));
}

describe.each(['simple', 'normal'])('responses with AUTH_MODE=%s', (mode) => {
  beforeAll(() => start({ AUTH_MODE: mode }));
  afterAll(() => service.close());

  it('are created, retrieved, listed with their input and deleted', async () => {
    const response = await client.responses.create({
      model,
      input: 'hello',
      instructions: 'Be brief.',
      temperature: 0.5,
      max_output_tokens: 100,
      metadata: { topic: 'x' },
      user: 'someone',
    });
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      model,
      output_text: 'You said: hello',
      instructions: 'Be brief.',
      temperature: 0.5,
      metadata: { topic: 'x' },
      truncation: 'auto',
      store: true,
      conversation: null,
      usage: { total_tokens: expect.any(Number) as number },
    });
    expect(response.id).toMatch(/^resp_\w{22}$/);
    expect(asked()).toEqual({
      model,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hello' },
      ],
      temperature: 0.5,
      max_tokens: 100,
      user: 'someone',
    });
    expect(await client.responses.retrieve(response.id)).toEqual(response);
    const input = await collect(client.responses.inputItems.list(response.id));
    expect(input).toMatchObject([{ role: 'user', content: [{ text: 'hello' }] }]);
    await client.responses.delete(response.id);
    await expect(client.responses.retrieve(response.id)).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
  });

  it('stream the events of a text in OpenAI\u2019s order', async () => {
    service.simulator.behave({ answer: ['one ', 'two'] });
    const events = await collect(
      await client.responses.create({ model, input: 'hello', stream: true }),
    );
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, n) => n));
    const last = events.at(-1) as OpenAI.Responses.ResponseCompletedEvent;
    expect(last.response.usage?.output_tokens).toBeGreaterThan(0);
    const stored = await client.responses.retrieve(last.response.id);
    expect(stored.output).toEqual(last.response.output);
  });

  it('serve the stream helper and the parser', async () => {
    const helper = client.responses.stream({ model, input: 'hello' });
    expect((await helper.finalResponse()).output_text).toBe('You said: hello');
    service.simulator.behave({ answer: '{"a":1}' });
    const format = {
      type: 'json_schema' as const,
      name: 'thing',
      schema: { type: 'object' },
      strict: true,
    };
    const parsed = await client.responses.parse({ model, input: 'hello', text: { format } });
    expect(parsed.output_text).toBe('{"a":1}');
    expect(asked()['response_format']).toEqual({
      type: 'json_schema',
      json_schema: { name: 'thing', schema: { type: 'object' }, strict: true },
    });
  });

  it('go on in a conversation, which the other API sees', async () => {
    const { id } = await client.conversations.create({
      items: [{ role: 'system', content: 'Be kind.' }],
    });
    const first = await client.responses.create({ model, input: 'one', conversation: id });
    expect(first.conversation).toEqual({ id });
    await client.responses
      .create({
        model,
        conversation: { id },
        input: 'two',
        stream: true,
      })
      .then(collect);
    expect(asked()['messages']).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'You said: one' },
      { role: 'user', content: 'two' },
    ]);
    const items = await itemsOf(id);
    expect(items).toMatchObject([
      { role: 'system' },
      { role: 'user', content: [{ text: 'one' }] },
      { role: 'assistant', id: first.output[0]?.id, content: [{ text: 'You said: one' }] },
      { role: 'user', content: [{ text: 'two' }] },
      { role: 'assistant', content: [{ text: 'You said: two' }] },
    ]);
  });
});

describe('function calls', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('are streamed, kept, and answered in the next response', async () => {
    const { id } = await client.conversations.create();
    service.simulator.behave({
      answer: 'Let me see.',
      toolCalls: [call, { ...call, id: 'call_2' }],
      times: 1,
    });
    const helper = client.responses.stream({
      model,
      conversation: id,
      input: 'Weather?',
      tools: [weather],
      tool_choice: { type: 'function', name: 'weather' },
    });
    const types: string[] = [];
    helper.on('event', ({ type }) => types.push(type));
    const response = await helper.finalResponse();
    expect(asked()).toMatchObject({
      tools: [{ type: 'function', function: { name: 'weather', strict: false } }],
      tool_choice: { type: 'function', function: { name: 'weather' } },
    });
    const calls = response.output.filter(({ type }) => type === 'function_call');
    expect(calls).toMatchObject([
      { call_id: 'call_1', name: 'weather', arguments: call.arguments, status: 'completed' },
      { call_id: 'call_2' },
    ]);
    expect(new Set(types)).toEqual(
      new Set([
        ...['created', 'in_progress', 'completed'].map((name) => `response.${name}`),
        ...['added', 'done'].map((name) => `response.output_item.${name}`),
        ...['added', 'done'].map((name) => `response.content_part.${name}`),
        ...['delta', 'done'].map((name) => `response.output_text.${name}`),
        ...['delta', 'done'].map((name) => `response.function_call_arguments.${name}`),
      ]),
    );
    const next = await client.responses.create({
      model,
      conversation: id,
      input: [{ type: 'function_call_output', call_id: 'call_1', output: 'sunny' }],
    });
    expect(next.output_text).not.toBe('');
    expect(asked()['messages']).toMatchObject([
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', tool_calls: [{ id: 'call_1' }] },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
      { role: 'assistant', content: 'Let me see.' },
    ]);
    expect((await itemsOf(id)).map(({ type }) => type)).toContain('function_call_output');
  });

  it('need a call to answer', async () => {
    const create = client.responses.create({
      model,
      input: [{ type: 'function_call_output', call_id: 'call_9', output: '' }],
    });
    await expect(create).rejects.toMatchObject({ status: 400, param: 'input' });
  });
});

describe('previous_response_id', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('goes on from a response, without its instructions', async () => {
    const first = await client.responses.create({
      model: 'gpt-6-sol',
      input: 'one',
      instructions: 'Be brief.',
    });
    const second = await client.responses.create({ input: 'two', previous_response_id: first.id });
    const branch = await client.responses.create({
      input: 'other',
      previous_response_id: first.id,
    });
    expect(second).toMatchObject({
      previous_response_id: first.id,
      model: 'gpt-6-sol',
      instructions: null,
    });
    const third = await client.responses.create({
      input: 'three',
      previous_response_id: second.id,
    });
    expect(third.status).toBe('completed');
    expect(asked()['messages']).toEqual([
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'You said: one' },
      { role: 'user', content: 'two' },
      { role: 'assistant', content: 'You said: two' },
      { role: 'user', content: 'three' },
    ]);
    expect(branch.output_text).toBe('You said: other');
    await client.responses.delete(second.id);
    await expect(
      client.responses.create({ input: 'four', previous_response_id: third.id }),
    ).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    });
  });

  it('branches off a conversation', async () => {
    const id = await service.caller.create('Be kind.');
    await service.caller.chat(id, 'zero');
    const first = await client.responses.create({ input: 'one', conversation: id });
    await service.caller.chat(id, 'later');
    await client.responses.create({ input: 'two', previous_response_id: first.id });
    expect(asked()['messages']).toMatchObject([
      { content: 'zero' },
      { content: 'You said: zero' },
      { content: 'one' },
      { content: 'You said: one' },
      { content: 'two' },
    ]);
    expect(await service.caller.sentences(id)).toHaveLength(6);
  });

  it('is not for what was not stored', async () => {
    const { id } = await client.responses.create({ model, input: 'one', store: false });
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    await expect(
      client.responses.create({ model, input: 'two', previous_response_id: id }),
    ).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' });
  });
});

describe('what is kept', () => {
  beforeEach(() => start());
  afterEach(() => service.close());

  it('is nothing with store: false, except the items of a conversation', async () => {
    await client.responses.create({ model, input: 'one', store: false });
    const { id } = await client.conversations.create();
    await client.responses.create({ model, input: 'two', store: false, conversation: id });
    expect(countRows(service, 'responses')).toBe(0);
    expect(await itemsOf(id)).toHaveLength(2);
  });

  it('can be retrieved for RESPONSE_TTL_DAYS, and longer by what builds on it', async () => {
    const first = await client.responses.create({ model, input: 'one' });
    service.clock.advance(29 * 86_400_000);
    const second = await client.responses.create({ input: 'two', previous_response_id: first.id });
    service.clock.advance(2 * 86_400_000);
    await expect(client.responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 });
    const third = await client.responses.create({ input: '3', previous_response_id: second.id });
    expect(third.status).toBe('completed');
    expect(asked()['messages']).toHaveLength(5);
  });

  it('is nothing when the upstream fails before its first word', async () => {
    const { id } = await client.conversations.create();
    service.simulator.behave({ status: 400, error: { message: 'No.' } });
    for (const stream of [false, true]) {
      await expect(
        client.responses.create({ model, input: 'one', conversation: id, stream }),
      ).rejects.toMatchObject({ status: 400 });
    }
    expect(countRows(service, 'responses')).toBe(0);
    expect(await itemsOf(id)).toEqual([]);
  });

  it('is a failed response after the first word, and no item', async () => {
    const { id } = await client.conversations.create();
    service.simulator.behave({ answer: ['one', 'two'], cutAfterPieces: 1 });
    const events = await collect(
      await client.responses.create({ model, input: 'x', conversation: id, stream: true }),
    );
    const last = events.at(-1) as OpenAI.Responses.ResponseFailedEvent;
    expect(last).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'server_error' } },
    });
    expect((await client.responses.retrieve(last.response.id)).status).toBe('failed');
    expect(await itemsOf(id)).toEqual([]);
    service.simulator.reset();
    const again = await client.responses.create({ model, input: 'x', conversation: id });
    expect(again.status).toBe('completed');
  });

  it('says so when the answer was cut', async () => {
    const { id } = await client.conversations.create();
    service.simulator.behave({ answer: 'half', finishReason: 'length' });
    const response = await client.responses.create({ model, input: 'x', conversation: id });
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
    expect((await itemsOf(id)).at(-1)).toMatchObject({ status: 'incomplete' });
  });

  it('is committed before response.completed is sent', async () => {
    const { id } = await client.conversations.create();
    const stream = await client.responses.create({
      model,
      input: 'x',
      conversation: id,
      stream: true,
    });
    for await (const event of stream) {
      if (event.type !== 'response.completed') continue;
      expect(await itemsOf(id)).toHaveLength(2);
      await client.responses.create({ model, input: 'y', conversation: id });
    }
    expect(await itemsOf(id)).toHaveLength(4);
  });

  it('is nothing when the client leaves, and the conversation is free', async () => {
    const { id } = await client.conversations.create();
    service.simulator.behave({ answer: ['one', 'two'], holdAfterPieces: 1 });
    const stream = await client.responses.create({
      model,
      input: 'x',
      conversation: id,
      stream: true,
    });
    for await (const event of stream) if (event.type === 'response.output_text.delta') break;
    await service.simulator.waitForOutcome(0, 'left');
    service.simulator.reset();
    expect(await itemsOf(id)).toEqual([]);
    expect(countRows(service, 'responses')).toBe(0);
  });
});

describe('one state for both APIs', () => {
  beforeAll(() => start({ TURBO_MODEL: 'gpt-6-luna', GPT4_MODEL: 'gpt-6-sol' }));
  afterAll(() => service.close());

  it('a conversation made here goes on with the model used last', async () => {
    const { id } = await client.conversations.create();
    await client.responses.create({ input: 'one', conversation: id });
    expect(asked()['model']).toBe('gpt-6-luna');
    await client.responses.create({ model: 'gpt-4.1-mini', input: 'two', conversation: id });
    await service.caller.chat(id, 'three');
    expect(asked()['model']).toBe('gpt-4.1-mini');
    await client.responses.create({ input: 'four', conversation: id });
    expect(asked()['model']).toBe('gpt-4.1-mini');
  });

  it('elsewhere the kind decides, and a model overrides it', async () => {
    const { text: id } = await service.caller.post('createGPT4', 'Be kind.');
    await client.responses.create({ input: 'one', conversation: id });
    expect(asked()).toMatchObject({ model: 'gpt-6-sol', messages: [{ content: 'Be kind.' }, {}] });
    await client.responses.create({ model: 'gpt-4.1-mini', input: 'two', conversation: id });
    expect(asked()['model']).toBe('gpt-4.1-mini');
    await service.caller.chat(id, 'three');
    expect(asked()['model']).toBe('gpt-6-sol');
  });

  it('gpt3 and role play keep their transcript', async () => {
    const { text: id } = await service.caller.postJson('createRolePlay', {
      human_name: 'Reimu',
      ai_name: 'Sanae',
      prompt: 'At the shrine.',
    });
    const response = await client.responses.create({
      input: 'hello',
      conversation: id,
      instructions: 'Be brief.',
      temperature: 1,
    });
    expect(response.output_text).toBe('You said: hello');
    expect(asked()).toMatchObject({
      messages: [{ role: 'user', content: 'At the shrine.\nBe brief.\n\nReimu: hello\nSanae: ' }],
      temperature: 1,
      stop: ['Reimu:'],
    });
    expect(await service.caller.sentences(id)).toEqual(['hello', 'You said: hello']);
    await expect(
      client.responses.create({ input: 'x', conversation: id, tools: [weather] }),
    ).rejects.toMatchObject({ status: 400, param: 'tools' });
  });

  it('is locked by a turn of either API', async () => {
    const { id } = await client.conversations.create();
    service.simulator.behave({ holdBeforeAnswer: true });
    const running = client.responses.create({ model, input: 'x', conversation: id });
    await service.simulator.waitForCalls(1);
    const before = service.checked.sent;
    for (const stream of [false, true]) {
      await expect(
        client.responses.create({ model, input: 'y', conversation: id, stream }),
      ).rejects.toMatchObject({
        status: 400,
        code: 'conversation_locked',
        param: 'conversation',
        headers: expect.anything() as unknown,
      });
    }
    expect(service.checked.sent).toBe(before + 2);
    expect(await service.caller.chat(id, 'y')).toMatchObject({ status: 409 });
    service.simulator.release();
    expect((await running).status).toBe('completed');
  });
});

describe('what responses take and refuse', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('translates every part of a message', async () => {
    await client.responses.create({
      model,
      input: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What?' },
            { type: 'input_image', image_url: 'https://a.example/x.png', detail: 'auto' },
          ],
        },
      ],
      include: ['message.output_text.logprobs', 'reasoning.encrypted_content'],
      top_logprobs: 2,
      reasoning: { effort: 'low' },
      text: { verbosity: 'low', format: { type: 'json_object' } },
    });
    expect(asked()).toEqual({
      model,
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What?' },
            { type: 'image_url', image_url: { url: 'https://a.example/x.png', detail: 'auto' } },
          ],
        },
      ],
      logprobs: true,
      top_logprobs: 2,
      reasoning_effort: 'low',
      verbosity: 'low',
      response_format: { type: 'json_object' },
    });
  });

  it('adapts the name of the longest answer to the model', async () => {
    service.simulator.behave({ refuseParameters: ['max_tokens'] });
    await client.responses.create({ model, input: 'x', max_output_tokens: 16 });
    expect(asked()).toMatchObject({ max_completion_tokens: 16 });
  });

  it('counts the tokens of an input about right', async () => {
    const { id } = await client.conversations.create();
    const { input_tokens: short, object } = await client.responses.inputTokens.count({
      input: 'x',
      model,
    });
    expect(object).toBe('response.input_tokens');
    await client.responses.create({ model, input: 'x'.repeat(4_000), conversation: id });
    const { input_tokens: long } = await client.responses.inputTokens.count({
      input: 'x',
      conversation: id,
    });
    expect(short).toBeGreaterThan(0);
    expect(long).toBeGreaterThan(900);
    expect(long).toBeLessThan(2_000);
  });

  it.each<[string, object, string, string]>([
    ['nothing to answer', {}, 'input', 'missing_required_parameter'],
    [
      'both kinds of history',
      { input: 'x', conversation: 'c', previous_response_id: 'r' },
      'previous_response_id',
      'invalid_value',
    ],
    [
      'a hosted tool',
      { input: 'x', tools: [{ type: 'web_search' }] },
      'tools[0].type',
      'unsupported_parameter',
    ],
    [
      'a hosted tool\u2019s choice',
      { input: 'x', tool_choice: { type: 'file_search' } },
      'tool_choice.type',
      'unsupported_parameter',
    ],
    [
      'audio',
      { input: [{ role: 'user', content: [{ type: 'input_audio' }] }] },
      'input[0].content[0].type',
      'unsupported_parameter',
    ],
    [
      'a file\u2019s image',
      { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
      'input[0].content[0].file_id',
      'unsupported_parameter',
    ],
    ['a prompt template', { input: 'x', prompt: { id: 'p' } }, 'prompt', 'unsupported_parameter'],
    ['a hot temperature', { input: 'x', temperature: 3 }, 'temperature', 'invalid_value'],
    ['few tokens', { input: 'x', max_output_tokens: 1 }, 'max_output_tokens', 'invalid_value'],
    [
      'a schema without a name',
      { input: 'x', text: { format: { type: 'json_schema', schema: {} } } },
      'text.format.name',
      'missing_required_parameter',
    ],
    [
      'a background that is not stored',
      { input: 'x', background: true, store: false },
      'background',
      'invalid_value',
    ],
    ['an unknown include', { input: 'x', include: ['all'] }, 'include[0]', 'invalid_value'],
    ['input of a wrong type', { input: 5 }, 'input', 'invalid_type'],
    ['a store that is no flag', { input: 'x', store: 'yes' }, 'store', 'invalid_type'],
  ])('refuses %s, naming the field', async (_title, body, param, code) => {
    await expect(client.post('/responses', { body: { model, ...body } })).rejects.toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      param,
      code,
    });
    expect(service.simulator.totalCalls).toBe(0);
  });

  it('knows no unknown ids', async () => {
    const { responses } = client;
    for (const send of [
      () => responses.retrieve('resp_none'),
      () => responses.delete('resp_none'),
      () => responses.inputItems.list('resp_none'),
      () => responses.create({ model, input: 'x', conversation: 'conv_none' }),
    ]) {
      await expect(send()).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    }
  });

  it.each([1, 7])('streams a text that the upstream cuts every %i bytes', async (sliceBytes) => {
    service.simulator.behave({ answer: ['\u{1F3D4}梦', '想\r', '\nend'], sliceBytes });
    const helper = client.responses.stream({ model, input: 'x' });
    expect((await helper.finalResponse()).output_text).toBe('\u{1F3D4}梦想\nend');
  });
});
