import type OpenAI from 'openai';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

const model = 'gpt-6-luna';
const pdf = 'data:application/pdf;base64,JVBERi0=';
const image = 'data:image/png;base64,iVBORw0KGgo=';
let service: OpenAiService;
let client: OpenAI;

beforeAll(async () => {
  service = await startOpenAiService();
  ({ client } = service);
});
afterAll(() => service.close());
afterEach(() => {
  service.simulator.reset();
});

/** Creates a response by items that the client may have no type for. */
function create(input: unknown, more: object = {}): Promise<OpenAI.Responses.Response> {
  return client.post('/responses', { body: { model, input, ...more } });
}

/** What the upstream was asked last. */
function asked(): Record<string, unknown> {
  return service.simulator.calls.at(-1)!.body;
}

function inputOf({ id }: OpenAI.Responses.Response) {
  return collect(client.responses.inputItems.list(id, { order: 'asc' }));
}

describe('a file', () => {
  const file = { type: 'input_file', filename: 'a.pdf', file_data: pdf };

  it('goes to the model as a part of a message, and is given back', async () => {
    const response = await create([
      { role: 'user', content: [{ type: 'input_text', text: 'What?' }, file] },
    ]);
    expect(asked()['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What?' },
          { type: 'file', file: { filename: 'a.pdf', file_data: pdf } },
        ],
      },
    ]);
    expect(await inputOf(response)).toMatchObject([{ content: [{ text: 'What?' }, file] }]);
    service.expectNoFaults();
  });

  it.each([
    ['file_id', { file_id: 'file-1' }],
    ['file_url', { file_url: 'https://a.example/a.pdf' }],
    ['file_data', {}],
  ])('is refused by its %s', async (member, given) => {
    const call = create([{ role: 'user', content: [{ type: 'input_file', ...given }] }]);
    await expect(call).rejects.toMatchObject({
      status: 400,
      param: `input[0].content[0].${member}`,
    });
    expect(service.simulator.totalCalls).toBe(0);
  });
});

describe('the output of a function', () => {
  it('may have images and files, which follow as a user’s message', async () => {
    const output = [
      { type: 'input_text', text: 'Two:' },
      { type: 'input_image', image_url: image, detail: 'low' },
      { type: 'input_file', filename: 'a.pdf', file_data: pdf },
    ];
    const response = await create([
      { role: 'user', content: 'go' },
      { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output },
    ]);
    expect(asked()['messages']).toMatchObject([
      { role: 'user', content: 'go' },
      { role: 'assistant', tool_calls: [{ id: 'call_1' }] },
      { role: 'tool', tool_call_id: 'call_1', content: 'Two:' },
      {
        role: 'user',
        content: [
          { type: 'text' },
          { type: 'image_url', image_url: { url: image, detail: 'low' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: pdf } },
        ],
      },
    ]);
    expect((await inputOf(response)).at(-1)).toMatchObject({ output });
    service.expectNoFaults();
  });
});

describe('custom tools', () => {
  const grammar = { type: 'grammar', syntax: 'lark', definition: 'start: "x"' };
  const tools = [{ type: 'custom', name: 'shell', description: 'Runs it', format: grammar }];

  it('are called with any text, streamed and kept, and answered', async () => {
    service.simulator.behave({
      toolCalls: [{ id: 'call_1', name: 'shell', arguments: 'ls -l', type: 'custom' }],
      times: 1,
    });
    const response = await create('go', { tools, tool_choice: { type: 'custom', name: 'shell' } });
    expect(asked()).toMatchObject({
      tools: [
        {
          type: 'custom',
          custom: {
            name: 'shell',
            description: 'Runs it',
            format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "x"' } },
          },
        },
      ],
      tool_choice: { type: 'custom', custom: { name: 'shell' } },
    });
    expect(response).toMatchObject({
      tools,
      output: [{ type: 'custom_tool_call', call_id: 'call_1', name: 'shell', input: 'ls -l' }],
    });
    const result = { type: 'custom_tool_call_output', call_id: 'call_1', output: 'a\nb' };
    const next = await create([result], { previous_response_id: response.id, tools });
    expect(asked()['messages']).toEqual([
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1', type: 'custom', custom: { name: 'shell', input: 'ls -l' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'a\nb' },
    ]);
    expect(await inputOf(next)).toMatchObject([result]);
    service.expectNoFaults();
  });

  it('are called with any text in a stream', async () => {
    service.simulator.behave({
      toolCalls: [{ id: 'call_1', name: 'shell', arguments: 'ls -l /home', type: 'custom' }],
      times: 1,
    });
    const body = { model, input: 'go', tools: tools as never, stream: true as const };
    const events = await collect(await client.responses.create(body));
    const deltas = events.flatMap((event) =>
      event.type === 'response.custom_tool_call_input.delta' ? [event.delta] : [],
    );
    expect(deltas.join('')).toBe('ls -l /home');
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'response.custom_tool_call_input.done',
        input: 'ls -l /home',
      }),
    );
    service.expectNoFaults();
  });

  it('may be among those that are allowed', async () => {
    const choice = {
      type: 'allowed_tools',
      mode: 'auto',
      tools: [{ type: 'custom', name: 'shell' }],
    };
    const other = { type: 'function', name: 'f', parameters: {}, strict: false };
    await create('go', { tools: [...tools, other], tool_choice: choice });
    expect(asked()).toMatchObject({ tools: [{ type: 'custom' }], tool_choice: 'auto' });
  });
});

describe('an item that says more than the model is told', () => {
  it('is given back: the phase of a message', async () => {
    const response = await create([
      { type: 'message', role: 'assistant', phase: 'commentary', content: 'Hm.' },
      { role: 'user', content: 'And?' },
    ]);
    expect(asked()['messages']).toEqual([
      { role: 'assistant', content: 'Hm.' },
      { role: 'user', content: 'And?' },
    ]);
    expect(await inputOf(response)).toMatchObject([{ phase: 'commentary' }, {}]);
  });

  it('is given back whole: one of an unknown type', async () => {
    const search = {
      type: 'web_search_call',
      status: 'completed',
      action: { type: 'search', query: 'x' },
    };
    const response = await create([
      { ...search, id: 'ws_1' },
      { role: 'user', content: 'And?' },
    ]);
    expect(asked()['messages']).toEqual([{ role: 'user', content: 'And?' }]);
    const [kept] = await inputOf(response);
    expect(kept).toEqual({ ...search, id: expect.stringMatching(/^ws_/) as string });
    const { id } = await client.conversations.create({ items: [search as never] });
    const items = await collect(client.conversations.items.list(id));
    expect(items).toMatchObject([search]);
  });

  it.each(['constructor', 'toString', '__proto__'])(
    'has an id like any other of an unknown type: %s',
    async (type) => {
      const response = await create([{ type }, { role: 'user', content: 'And?' }]);
      const [kept] = await inputOf(response);
      expect(kept).toEqual({ type, id: expect.stringMatching(/^item_\w+$/) as string });
    },
  );
});
