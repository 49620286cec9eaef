import type OpenAI from 'openai';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

const model = 'gpt-6-luna';
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

/** What the upstream was asked last. */
function asked(): Record<string, unknown> {
  return service.simulator.calls.at(-1)!.body;
}

/** Creates a response by a body that the client has no type for. */
function create(body: object): Promise<OpenAI.Responses.Response> {
  return client.post('/responses', { body: { model, input: 'x', ...body } });
}

const plain = { model, messages: [{ role: 'user', content: 'x' }] };
const tool = (name: string) => ({ type: 'function', name, parameters: {}, strict: false });

describe('a response', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it.each<[string, object]>([
    ['a summary of reasoning', { reasoning: { summary: 'detailed' } }],
    ['another way to reason', { reasoning: { generate_summary: 'auto', mode: 'x', context: 'y' } }],
    ['metadata of the client', { client_metadata: { installation: 'x' } }],
    ['options of the store', { store_options: { x: true } }],
    ['no management of the context', { context_management: [] }],
    ['options of the stream', { stream_options: { include_obfuscation: false, later: 1 } }],
    ['a number of hosted calls', { max_tool_calls: 3 }],
    ['a request for encrypted reasoning', { include: ['reasoning.encrypted_content'] }],
    ['a field of another server', { chat_template_kwargs: { thinking: false } }],
    ['names that every object has', { constructor: 1, reasoning: { constructor: 1, toString: 1 } }],
    [
      'the name of what objects inherit',
      JSON.parse('{"reasoning":{"__proto__":{"a":1}}}') as object,
    ],
    ['a field of tomorrow', { reasoning: { tomorrow: 1 }, text: { tomorrow: 1 }, tomorrow: [1] }],
  ])('takes %s, which changes nothing', async (_title, body) => {
    expect(await create(body)).toMatchObject({ status: 'completed' });
    expect(asked()).toEqual(plain);
  });

  it('takes fields of tools that nobody here knows', async () => {
    const tools = [{ ...tool('f'), tomorrow: 1, output_schema: {}, allowed_callers: ['direct'] }];
    await create({ tools });
    expect(asked()['tools']).toEqual([
      { type: 'function', function: { name: 'f', parameters: {}, strict: false } },
    ]);
  });

  it('passes on what chat completions have too, and shows what responses show', async () => {
    const shown = {
      user: 'someone',
      safety_identifier: 's',
      prompt_cache_key: 'k',
      prompt_cache_retention: '24h',
      service_tier: 'flex',
      presence_penalty: 0.5,
      frequency_penalty: -0.5,
    };
    const others = {
      moderation: { model: 'm' },
      seed: 7,
      stop: ['y'],
      logit_bias: { 50256: -100 },
    };
    const response = await create({ ...shown, ...others });
    expect(asked()).toEqual({ ...plain, ...shown, ...others });
    expect(response).toMatchObject(shown);
    expect(Object.keys(others).filter((name) => name in response)).toEqual([]);
    expect(await client.responses.retrieve(response.id)).toMatchObject(shown);
  });

  it('shows how many hosted calls it may make', async () => {
    expect(await create({ max_tool_calls: 3 })).toMatchObject({ max_tool_calls: 3 });
  });

  it('is given again with its penalties', async () => {
    const { id } = await client.conversations.create();
    await create({ conversation: id, presence_penalty: 0.5, frequency_penalty: 0 });
    await client.post(`/conversations/${id}/regenerate`, { body: {} });
    expect(asked()).toEqual({ ...plain, presence_penalty: 0.5, frequency_penalty: 0 });
  });

  const noText = { toString: 1, valueOf: 1 };
  it.each<[string, object, string, string, RegExp]>([
    [
      'a hosted tool',
      { tools: [{ type: 'web_search' }] },
      'tools[0].type',
      'unsupported_parameter',
      /Tools of the type 'web_search' are not supported/,
    ],
    [
      'a tool whose type is no text',
      { tools: [{ type: noText }] },
      'tools[0].type',
      'invalid_type',
      /tools\[0\]\.type/,
    ],
    [
      'a function that is found by a hosted tool',
      { tools: [{ ...tool('f'), defer_loading: true }] },
      'tools[0].defer_loading',
      'unsupported_parameter',
      /needs tool_search, a hosted tool/,
    ],
    [
      'a function that only hosted tools call',
      { tools: [{ ...tool('f'), allowed_callers: ['programmatic'] }] },
      'tools[0].allowed_callers',
      'unsupported_parameter',
      /must contain direct/,
    ],
    [
      'a stored prompt',
      { prompt: { id: 'p' } },
      'prompt',
      'unsupported_parameter',
      /Prompts are not stored here/,
    ],
    [
      'management of the context by words',
      { context_management: [{ type: 'compaction', compact_threshold: 'many' }] },
      'context_management[0].compact_threshold',
      'invalid_type',
      /compact_threshold/,
    ],
    [
      'another management of the context',
      { context_management: [{ type: 'shredding' }] },
      'context_management[0].type',
      'unsupported_parameter',
      /UPSTREAM_DIALECT=responses/,
    ],
    [
      'management of the context whose type is no text',
      { context_management: [{ type: noText }] },
      'context_management[0].type',
      'unsupported_parameter',
      /UPSTREAM_DIALECT=responses/,
    ],
    ['a large penalty', { presence_penalty: 3 }, 'presence_penalty', 'invalid_value', /-2 to 2/],
    ['a part of a call', { max_tool_calls: 0.5 }, 'max_tool_calls', 'invalid_value', /from 1/],
    ['a moderation that is no object', { moderation: 1 }, 'moderation', 'invalid_type', /object/],
  ])('refuses %s, naming the field', async (_title, body, param, code, message) => {
    const expected = {
      status: 400,
      param,
      code,
      message: expect.stringMatching(message) as string,
    };
    await expect(create(body)).rejects.toMatchObject(expected);
    expect(service.simulator.totalCalls).toBe(0);
  });
});

describe('allowed_tools', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  const tools = [tool('a'), tool('b')];
  const allow = (mode: string, ...names: string[]) => ({
    type: 'allowed_tools',
    mode,
    tools: names.map((name) => ({ type: 'function', name })),
  });

  it.each(['auto', 'required'])('are all that the model is told of, %s', async (mode) => {
    const choice = allow(mode, 'b');
    const response = await create({ tools, tool_choice: choice });
    expect(asked()).toMatchObject({ tools: [{ function: { name: 'b' } }], tool_choice: mode });
    expect(asked()['tools']).toHaveLength(1);
    expect(response).toMatchObject({ tools, tool_choice: choice });
  });

  it('are all that comes out, whatever the model calls', async () => {
    const calls = ['a', 'b', 'a'].map((name, index) => {
      return { id: `call_${index}`, name, arguments: '{"x":1}' };
    });
    for (const stream of [false, true]) {
      service.simulator.behave({ toolCalls: calls, times: 1 });
      const body = { model, input: 'x', tools, tool_choice: allow('auto', 'b') };
      const response = stream
        ? await client.responses.stream(body as never).finalResponse()
        : await create(body);
      expect(response.output).toMatchObject([
        { type: 'function_call', call_id: 'call_1', name: 'b', arguments: '{"x":1}' },
      ]);
      expect(response.output).toHaveLength(1);
    }
  });

  it('leave no answer where the model only calls others', async () => {
    service.simulator.behave({ toolCalls: [{ id: 'call_1', name: 'a', arguments: '{}' }] });
    const call = client.post('/responses', {
      body: { model, input: 'x', tools, tool_choice: allow('auto', 'b') },
      maxRetries: 0,
    });
    await expect(call).rejects.toMatchObject({ status: 502 });
  });

  it.each<[string, object, string, string]>([
    ['none', allow('auto'), 'tool_choice.tools', 'missing_required_parameter'],
    [
      'one that is not there',
      allow('auto', 'a', 'c'),
      'tool_choice.tools[1].name',
      'invalid_value',
    ],
    ['another mode', allow('none', 'a'), 'tool_choice.mode', 'invalid_value'],
  ])('are refused: %s', async (_title, choice, param, code) => {
    const call = create({ tools, tool_choice: choice });
    await expect(call).rejects.toMatchObject({ status: 400, param, code });
    expect(service.simulator.totalCalls).toBe(0);
  });
});

describe('with V1_STRICT=true a response', () => {
  beforeAll(() => start({ V1_STRICT: 'true' }));
  afterAll(() => service.close());

  it.each<[string, object]>([
    ['tomorrow', { tomorrow: 1 }],
    ['reasoning.tomorrow', { reasoning: { tomorrow: 1 } }],
    ['text.tomorrow', { text: { tomorrow: 1 } }],
    ['tools[0].tomorrow', { tools: [{ ...tool('f'), tomorrow: 1 }] }],
    ['seed', { seed: 1 }],
  ])('refuses %s, which it does not know', async (param, body) => {
    await expect(create(body)).rejects.toMatchObject({
      status: 400,
      param,
      code: 'unknown_parameter',
      message: `400 Unknown parameter: '${param}'.`,
    });
    expect(service.simulator.totalCalls).toBe(0);
  });

  it('takes what it knows, also where it changes nothing', async () => {
    await create({
      reasoning: { summary: 'auto' },
      client_metadata: {},
      context_management: [],
      max_tool_calls: 1,
      presence_penalty: 1,
    });
    expect(asked()).toEqual({ ...plain, presence_penalty: 1 });
  });
});
