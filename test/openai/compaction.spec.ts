import type OpenAI from 'openai';
import type { ConversationItem } from 'openai/resources/conversations/items';
import type {
  Response,
  ResponseInput,
  ResponseInputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import { Caller } from '../support/caller.js';
import { until } from '../support/until.js';
import { collect } from './collect.js';
import { faultsOf } from './openai-schema.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

const model = 'gpt-6-luna';
const management = [{ type: 'compaction', compact_threshold: 100 }];
const long = (name: string) => `${name} ${'word '.repeat(200)}`;
const user = (content: string) => ({ role: 'user' as const, content });
const assistant = (content: string) => ({ role: 'assistant' as const, content });
const heading = 'Summary of the conversation so far:\n';

let service: OpenAiService;
let client: OpenAI;

function serve(variables: Record<string, string>): void {
  beforeAll(async () => {
    service = await startOpenAiService(variables);
    ({ client } = service);
  });
  afterAll(() => service.close());
  afterEach(() => {
    service.expectNoFaults();
    service.simulator.reset();
  });
}

/** Two turns that are long, and a system prompt. */
async function longConversation(): Promise<string> {
  const { id } = await client.conversations.create({
    items: [
      { role: 'system', content: 'Be kind.' },
      ...[user(long('first')), assistant('one'), user(long('second')), assistant('two')],
    ],
  });
  return id;
}

function typesOf(output: readonly { type?: string | null }[]): unknown[] {
  return output.map(({ type }) => type);
}

async function listed(id: string): Promise<ConversationItem[]> {
  return collect(client.conversations.items.list(id, { order: 'asc' }));
}

/** What the compaction that comes last is sealed as. */
function sealedIn(output: Response['output']): string {
  const last = output.at(-1);
  return last?.type === 'compaction' ? last.encrypted_content : 'none';
}

/** The response however it is asked for, and its events where there are any. */
const ways: [
  name: string,
  ask: (body: object) => Promise<{ response: Response; events: ResponseStreamEvent[] }>,
][] = [
  [
    'plain',
    async (body) => ({ response: await client.responses.create({ model, ...body }), events: [] }),
  ],
  [
    'streamed',
    async (body) => {
      const stream = await client.responses.create({ model, ...body, stream: true });
      const events = await collect(stream);
      const last = events.at(-1);
      if (last?.type !== 'response.completed') throw new Error(`It ended with ${last?.type}`);
      return { response: last.response, events };
    },
  ],
  [
    'in the background',
    async (body) => {
      const { id } = await client.responses.create({ model, ...body, background: true });
      let response = await client.responses.retrieve(id);
      await until('it has ended', async () => {
        response = await client.responses.retrieve(id);
        return response.status !== 'in_progress';
      });
      return { response, events: [] };
    },
  ],
];

describe('over chat completions', () => {
  serve({ UPSTREAM_DIALECT: 'chat-completions', MODEL_WINDOWS: 'small=2000,tiny=1000' });

  const told = (index = -1) =>
    (
      service.simulator.calls.at(index)!.body as { messages: { role: string; content: string }[] }
    ).messages.map(({ role, content }) => [role, content]);
  const summarizeAs = (answer: string) => {
    service.simulator.behave({ answer, times: 1 });
  };

  describe('a response with context_management', () => {
    it.each(ways)('is asked behind a summary, %s', async (_name, ask) => {
      const id = await longConversation();
      summarizeAs('They spoke.');
      const { response, events } = await ask({
        ...{ conversation: id, input: 'third', context_management: management },
      });
      expect(service.simulator.totalCalls).toBe(2);
      const asked = told(0).flat().join('\n');
      expect(asked).toContain('user: first');
      expect(asked).toContain('assistant: two');
      expect(asked).not.toContain('third');
      expect(told()).toEqual([
        ['system', 'Be kind.'],
        ['developer', `${heading}They spoke.`],
        ['user', 'third'],
      ]);
      expect(response.status).toBe('completed');
      expect(typesOf(response.output)).toEqual(['compaction', 'message']);
      expect(JSON.stringify(response.output)).not.toContain('They spoke');
      if (events.length > 0) {
        expect(typesOf(events.slice(0, 4))).toEqual([
          'response.created',
          'response.in_progress',
          'response.output_item.added',
          'response.output_item.done',
        ]);
        expect(events[3]).toMatchObject({ output_index: 0, item: response.output[0] });
      }
      const items = await listed(id);
      expect(typesOf(items).slice(5)).toEqual(['message', 'compaction', 'message']);
      expect(items.slice(6).map((item) => item.id)).toEqual(response.output.map((item) => item.id));
      await client.responses.create({ model, conversation: id, input: 'fourth' });
      expect(told()).toEqual([
        ['system', 'Be kind.'],
        ['developer', `${heading}They spoke.`],
        ['user', 'third'],
        ['assistant', 'You said: third'],
        ['user', 'fourth'],
      ]);
    });

    it('is asked at once while it is short', async () => {
      const { id } = await client.conversations.create({ items: [user('hi'), assistant('ho')] });
      const { output } = await client.responses.create({
        ...{ model, conversation: id, input: 'x', context_management: management },
      });
      expect(typesOf(output)).toEqual(['message']);
      expect(service.simulator.totalCalls).toBe(1);
    });

    it('is asked at once where there is only the question', async () => {
      const { output } = await client.responses.create({
        ...{ model, input: long('only'), context_management: management },
      });
      expect(typesOf(output)).toEqual(['message']);
    });

    it('is asked behind a summary where the model takes no more, whatever the threshold', async () => {
      const { id } = await client.conversations.create({
        items: ['one', 'two', 'three'].map((name) => user(long(name))),
      });
      await client.conversations.items.create(id, { items: [user(long('four')), assistant('4')] });
      summarizeAs('They spoke.');
      const { response } = await client.responses
        .create({
          ...{ model: 'small', conversation: id, input: 'last' },
          context_management: [{ type: 'compaction' }],
        })
        .withResponse();
      expect(response.headers.get('x-context-trimmed')).toBeNull();
      const asked = told(0).flat().join('\n');
      expect(asked).toContain('user: four');
      expect(asked).not.toContain('user: one');
      expect(told()).toEqual([
        ['developer', `${heading}They spoke.`],
        ['user', 'last'],
      ]);
    });

    it('is a clear 400 where not even its last words fit to be summed up', async () => {
      const id = await longConversation();
      await client.conversations.items.create(id, { items: [assistant(long('third'))] });
      await expect(
        client.responses.create({
          ...{ model: 'tiny', conversation: id, input: 'last', context_management: management },
        }),
      ).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
      expect(service.simulator.totalCalls).toBe(0);
    });

    it('sums up the summary with what came after it', async () => {
      const id = await longConversation();
      const input = long('third');
      summarizeAs('They spoke.');
      await client.responses.create({
        ...{ model, conversation: id, input, context_management: management },
      });
      summarizeAs('They spoke more.');
      await client.responses.create({
        ...{ model, conversation: id, input: 'fourth', context_management: management },
      });
      const asked = told(2).flat().join('\n');
      expect(asked).toContain('They spoke.');
      expect(asked).toContain('user: third');
      expect(asked).not.toContain('user: first');
      expect(told()).toEqual([
        ['system', 'Be kind.'],
        ['developer', `${heading}They spoke more.`],
        ['user', 'fourth'],
      ]);
    });

    it('keeps a call with its output and the question that led to it', async () => {
      const call = { call_id: 'c1', name: 'f', arguments: '{}' };
      const input: ResponseInput = [
        ...[user(long('early')), assistant('one'), user('Look it up.')],
        { type: 'function_call', ...call },
        { type: 'function_call_output', call_id: 'c1', output: '42' },
      ];
      summarizeAs('Early words.');
      await client.responses.create({ model, input, context_management: management });
      const { messages } = service.simulator.calls.at(-1)!.body as { messages: object[] };
      expect(messages).toMatchObject([
        { role: 'developer', content: `${heading}Early words.` },
        { role: 'user', content: 'Look it up.' },
        { role: 'assistant', tool_calls: [{ id: 'c1' }] },
        { role: 'tool', content: '42' },
      ]);
    });

    it('goes on from previous responses behind the summary', async () => {
      const first = await client.responses.create({ model, input: long('first') });
      summarizeAs('They spoke.');
      const second = await client.responses.create({
        ...{ model, input: 'second', previous_response_id: first.id },
        context_management: management,
      });
      await client.responses.create({ model, input: 'third', previous_response_id: second.id });
      expect(told()).toEqual([
        ['developer', `${heading}They spoke.`],
        ['user', 'second'],
        ['assistant', 'You said: second'],
        ['user', 'third'],
      ]);
    });

    it.each([false, true])('fails as the summary does (stream: %s)', async (stream) => {
      const id = await longConversation();
      service.simulator.behave({ status: 400, error: { message: 'No.' }, times: 1 });
      await expect(
        client.responses.create({
          ...{ model, conversation: id, input: 'x', stream, context_management: management },
        }),
      ).rejects.toMatchObject({ status: 400 });
      expect(service.simulator.totalCalls).toBe(1);
      expect(await listed(id)).toHaveLength(5);
      await client.responses.create({ model, conversation: id, input: 'x' });
    });

    it('fails where the summary was cut off', async () => {
      const id = await longConversation();
      service.simulator.behave({ answer: 'They', finishReason: 'length', times: 1 });
      await expect(
        client.responses.create(
          { model, conversation: id, input: 'x', context_management: management },
          { maxRetries: 0 },
        ),
      ).rejects.toMatchObject({ status: 502, code: 'incomplete' });
      expect(await listed(id)).toHaveLength(5);
    });

    it('tells nothing of the summary where the answer fails first', async () => {
      const id = await longConversation();
      service.simulator.behave({ status: 400, error: { message: 'No.' }, times: 1 });
      summarizeAs('They spoke.');
      await expect(
        client.responses.create({
          ...{ model, conversation: id, input: 'x', stream: true },
          context_management: management,
        }),
      ).rejects.toMatchObject({ status: 400 });
      expect(await listed(id)).toHaveLength(5);
    });
  });

  describe('a compaction_trigger', () => {
    const trigger = { type: 'compaction_trigger' } as const;

    it.each(ways)('is answered with a compaction alone, %s', async (_name, ask) => {
      const id = await longConversation();
      summarizeAs('They spoke.');
      const { response, events } = await ask({ conversation: id, input: [trigger] });
      expect(service.simulator.totalCalls).toBe(1);
      expect(response).toMatchObject({ status: 'completed', usage: { output_tokens: 3 } });
      expect(typesOf(response.output)).toEqual(['compaction']);
      if (events.length > 0) {
        expect(typesOf(events)).toEqual([
          ...['response.created', 'response.in_progress', 'response.output_item.added'],
          ...['response.output_item.done', 'response.completed'],
        ]);
      }
      expect(typesOf(await listed(id)).slice(4)).toEqual(['message', 'compaction']);
      await client.responses.create({ model, conversation: id, input: 'next' });
      expect(told()).toEqual([
        ['system', 'Be kind.'],
        ['developer', `${heading}They spoke.`],
        ['user', 'next'],
      ]);
    });

    it('sums up what is sent with it, and what previous responses said', async () => {
      const first = await client.responses.create({ model, input: 'one', store: true });
      summarizeAs('They spoke.');
      const { id, output } = await client.responses.create({
        ...{ model, previous_response_id: first.id, input: [user('two'), assistant('2'), trigger] },
      });
      expect(typesOf(output)).toEqual(['compaction']);
      expect(told().flat().join('\n')).toContain('user: two');
      const input = await collect(client.responses.inputItems.list(id));
      expect(typesOf(input)).toEqual(['message', 'message']);
      await client.responses.create({ model, previous_response_id: id, input: 'next' });
      expect(told()).toEqual([
        ['developer', `${heading}They spoke.`],
        ['user', 'next'],
      ]);
    });

    it('is a 400 with nothing before it, or with something behind it, or where it would be kept', async () => {
      const create = (input: ResponseInput) => client.responses.create({ model, input });
      await expect(create([trigger])).rejects.toMatchObject({ code: 'nothing_to_compact' });
      await expect(create([trigger, user('x')])).rejects.toMatchObject({
        ...{ status: 400, param: 'input[0].type' },
      });
      const items = [trigger] as unknown as [];
      await expect(client.conversations.create({ items })).rejects.toMatchObject({
        ...{ status: 400, param: 'items[0].type' },
      });
      expect(service.simulator.totalCalls).toBe(0);
    });

    it('leaves the conversation as it was when the summary fails', async () => {
      const id = await longConversation();
      service.simulator.behave({ status: 400, error: { message: 'No.' }, times: 1 });
      await expect(
        client.responses.create({ model, conversation: id, input: [trigger] }),
      ).rejects.toMatchObject({ status: 400 });
      expect(await listed(id)).toHaveLength(5);
      await client.responses.create({ model, conversation: id, input: 'still free' });
    });
  });

  describe('POST /v1/responses/compact', () => {
    it('answers with what users said and a sealed summary that can be handed on', async () => {
      const input = [user('Who are you?'), assistant('Alice.')];
      summarizeAs('She is Alice.');
      const compacted = await client.responses.compact({ model, input, instructions: 'Be brief.' });
      expect(compacted).toMatchObject({
        object: 'response.compaction',
        output: [
          { role: 'user', content: [{ type: 'input_text', text: 'Who are you?' }] },
          { type: 'compaction', id: expect.stringMatching(/^cmp_/) as string },
        ],
        usage: { total_tokens: expect.any(Number) as number },
      });
      const [, compaction] = compacted.output;
      expect(faultsOf('CompactResource', { ...compacted, output: [compaction] })).toEqual([]);
      expect(told().flat().join('\n')).toContain('Be brief.');
      const window = compacted.output as ResponseInputItem[];
      await client.responses.create({ model, input: [...window, user('And I?')] });
      expect(told()).toEqual([
        ['developer', `${heading}She is Alice.`],
        ['user', 'And I?'],
      ]);
    });

    it('adds the compaction to a conversation, all of which can still be read', async () => {
      const id = await longConversation();
      summarizeAs('They spoke.');
      const body = { model, conversation: id } as { model: string };
      const { output } = await client.responses.compact(body);
      expect(typesOf(output)).toEqual(['message', 'message', 'compaction']);
      expect(typesOf(await listed(id)).slice(4)).toEqual(['message', 'compaction']);
      await client.responses.create({ model, conversation: id, input: 'next' });
      expect(told()).toEqual([
        ['system', 'Be kind.'],
        ['developer', `${heading}They spoke.`],
        ['user', 'next'],
      ]);
    });

    it('compacts what previous responses said', async () => {
      const first = await client.responses.create({ model, input: 'one' });
      summarizeAs('One.');
      const { output } = await client.responses.compact({ model, previous_response_id: first.id });
      expect(typesOf(output)).toEqual(['message', 'compaction']);
    });

    it('compacts a single question too, and no compaction by itself', async () => {
      const { output } = await client.responses.compact({ model, input: 'Hi' });
      expect(typesOf(output)).toEqual(['message', 'compaction']);
      const again = output.slice(1) as ResponseInputItem[];
      await expect(client.responses.compact({ model, input: again })).rejects.toMatchObject({
        ...{ status: 400, code: 'nothing_to_compact', param: 'input' },
      });
    });

    it('leaves the conversation as it was when the model service fails', async () => {
      const id = await longConversation();
      service.simulator.behave({ status: 400, error: { message: 'No.' } });
      const body = { model, conversation: id } as { model: string };
      await expect(client.responses.compact(body)).rejects.toMatchObject({ status: 400 });
      expect(await listed(id)).toHaveLength(5);
      service.simulator.reset();
      await client.responses.create({ model, conversation: id, input: 'still free' });
    });

    it.each<[what: string, body: object, status: number, param: string | null]>([
      ['nothing', {}, 400, 'input'],
      ['a number', { input: 5 }, 400, 'input'],
      [
        'two grounds',
        { conversation: 'a', previous_response_id: 'b' },
        400,
        'previous_response_id',
      ],
      ['an unknown conversation', { conversation: 'conv_0' }, 404, null],
      [
        'a compaction of nothing',
        { input: [{ type: 'compaction' }] },
        400,
        'input[0].encrypted_content',
      ],
    ])('refuses %s', async (_what, body, status, param) => {
      await expect(client.responses.compact({ model, ...body })).rejects.toMatchObject({
        status,
        param,
      });
    });

    it('lets nobody in without a token', async () => {
      const stranger = service.clientWith({ apiKey: 'nobody' });
      await expect(stranger.responses.compact({ model, input: 'x' })).rejects.toMatchObject({
        status: 401,
      });
    });
  });

  it('refuses a compaction that was changed or made elsewhere', async () => {
    const { output } = await client.responses.compact({ model, input: 'Hi' });
    const { encrypted_content: sealed = '' } = output[1] as { encrypted_content?: string };
    const changed = `${sealed.slice(0, -4)}${sealed.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;
    const before = service.simulator.totalCalls;
    for (const encrypted_content of [changed, 'gAAAAABo', 'alice1.', sealed.slice(0, -40)]) {
      const input = [{ type: 'compaction' as const, encrypted_content }, user('x')];
      await expect(client.responses.create({ model, input })).rejects.toMatchObject({
        ...{ status: 400, code: 'invalid_encrypted_content', param: 'input' },
      });
    }
    expect(service.simulator.totalCalls).toBe(before);
  });

  describe('a conversation with a compaction', () => {
    async function compacted(): Promise<string> {
      const id = await longConversation();
      summarizeAs('They spoke.');
      await client.responses.create({
        ...{ model, conversation: id, input: 'third', context_management: management },
      });
      return id;
    }
    const post = (path: string, body: object = {}): Promise<unknown> =>
      client.post(`/conversations/${path}`, { body });

    it('loses it with its turn', async () => {
      const id = await compacted();
      await post(`${id}/rollback`);
      expect(typesOf(await listed(id))).not.toContain('compaction');
      await client.responses.create({ model, conversation: id, input: 'x' });
      expect(told()).toHaveLength(6);
    });

    it('is told from its own compaction where it is a fork', async () => {
      const id = await compacted();
      const fork = (await post(`${id}/fork`)) as { id: string };
      await client.responses.create({ model, conversation: fork.id, input: 'x' });
      expect(told()[1]).toEqual(['developer', `${heading}They spoke.`]);
      expect(told()).toHaveLength(5);
    });

    it('answers its last question again, before the compaction and behind it', async () => {
      const id = await compacted();
      const before = await listed(id);
      summarizeAs('They spoke again.');
      await post(`${id}/regenerate`);
      expect(told()).toEqual([
        ['system', 'Be kind.'],
        ['developer', `${heading}They spoke again.`],
        ['user', 'third'],
      ]);
      // It is asked as it was before: with a compaction of its own.
      const after = await listed(id);
      expect(typesOf(after)).toEqual(typesOf(before));
      expect(after.at(-2)?.id).not.toBe(before.at(-2)?.id);
      const other = await compacted();
      await client.responses.create({ model, conversation: other, input: 'fourth' });
      await post(`${other}/regenerate`);
      expect(told().slice(1)).toEqual([
        ['developer', `${heading}They spoke.`],
        ['user', 'third'],
        ['assistant', 'You said: third'],
        ['user', 'fourth'],
      ]);
    });

    it('counts the tokens of what is told', async () => {
      const id = await longConversation();
      const before = await client.responses.inputTokens.count({ conversation: id, input: 'x' });
      summarizeAs('They spoke.');
      await client.responses.compact({ model, conversation: id } as { model: string });
      const after = await client.responses.inputTokens.count({ conversation: id, input: 'x' });
      expect(after.input_tokens).toBeLessThan(before.input_tokens / 2);
    });

    it('goes on at /chatgpt, where all of it can be read', async () => {
      const id = await compacted();
      const caller = new Caller(service.url);
      await caller.chat(id, 'fourth');
      expect(told()).toEqual([
        ['system', 'Be kind.'],
        ['developer', `${heading}They spoke.`],
        ['user', 'third'],
        ['assistant', 'You said: third'],
        ['user', 'fourth'],
      ]);
      await caller.post('regenerate', '', { conversation: id });
      expect(told()).toHaveLength(5);
      const sentences = (await caller.sentences(id)) as string[];
      expect(sentences).toHaveLength(8);
      expect(sentences[0]).toContain('first');
    });
  });

  it.each(['create', 'createRolePlay'])(
    'has the summary in the prompt of a text, for %s',
    async (path) => {
      const caller = new Caller(service.url);
      const names = JSON.stringify({ human_name: 'Ann', ai_name: 'Bob', prompt: 'A talk.' });
      const { text: id } = await caller.post(path, path === 'create' ? 'A talk.' : names);
      await caller.chat(id, long('first'));
      summarizeAs('They spoke.');
      await client.responses.create({
        ...{ model, conversation: id, input: 'second', context_management: management },
      });
      for (const index of [-1, -2]) {
        if (index === -2) await caller.chat(id, 'third');
        const text = told().flat().join('\n');
        expect(text).toContain(`A talk.\n\n${heading}They spoke.`);
        expect(text).toContain('second');
        expect(text).not.toContain('first');
      }
    },
  );
});

describe('over the Responses API', () => {
  serve({ UPSTREAM_DIALECT: 'responses' });

  const inputOf = (index = -1) =>
    (service.simulator.calls.at(index)!.body as { input: Record<string, unknown>[] }).input;

  it.each(ways)('is left to the model service, %s', async (_name, ask) => {
    const id = await longConversation();
    const { response } = await ask({
      ...{ conversation: id, input: 'third', context_management: management },
    });
    expect(service.simulator.totalCalls).toBe(1);
    expect(service.simulator.calls[0]!.body['context_management']).toEqual(management);
    expect(typesOf(response.output)).toEqual(['compaction', 'message']);
    expect(typesOf(await listed(id)).slice(5)).toEqual(['message', 'compaction', 'message']);
    await client.responses.create({ model, conversation: id, input: 'fourth' });
    expect(inputOf()).toMatchObject([
      { role: 'system', content: 'Be kind.' },
      { type: 'compaction' },
      { role: 'assistant' },
      { role: 'user', content: 'fourth' },
    ]);
  });

  it('asks the model service to compact, and hands its window on', async () => {
    service.simulator.configure({ strictness: 'strict' });
    const input = [user('Who are you?'), assistant('Alice.')];
    const { output, usage } = await client.responses.compact({
      model,
      input,
      instructions: 'Be brief.',
    });
    expect(service.simulator.calls.at(-1)).toMatchObject({
      path: '/v1/responses/compact',
      body: { model, instructions: 'Be brief.', input: [{ role: 'user' }, { role: 'assistant' }] },
    });
    expect(typesOf(output)).toEqual(['message', 'compaction']);
    expect(usage.input_tokens).toBeGreaterThan(0);
    const window = output as ResponseInputItem[];
    await client.responses.create({ model, input: [...window, user('And I?')] });
    expect(inputOf()).toMatchObject([
      { type: 'compaction', encrypted_content: sealedIn(output) },
      { role: 'user', content: 'And I?' },
    ]);
  });

  it('keeps what the model service compacted in the conversation', async () => {
    service.simulator.configure({ strictness: 'strict' });
    const id = await longConversation();
    const { output } = await client.responses.compact({ model, conversation: id } as {
      model: string;
    });
    expect(typesOf(await listed(id)).slice(4)).toEqual(['message', 'compaction']);
    await client.responses.create({ model, conversation: id, input: 'next' });
    expect(inputOf()).toMatchObject([
      { role: 'system' },
      { type: 'compaction', encrypted_content: sealedIn(output) },
      { role: 'user', content: 'next' },
    ]);
  });

  it('is told of a trigger, which is not kept', async () => {
    service.simulator.configure({ strictness: 'strict' });
    const id = await longConversation();
    const trigger = { type: 'compaction_trigger' } as const;
    const { output } = await client.responses.create({
      ...{ model, conversation: id, input: [user('third'), trigger] },
    });
    expect(inputOf().at(-1)).toEqual(trigger);
    expect(typesOf(output)).toEqual(['compaction']);
    expect(typesOf(await listed(id)).slice(4)).toEqual(['message', 'message', 'compaction']);
    await client.responses.create({ model, conversation: id, input: 'next' });
    expect(inputOf()).toMatchObject([
      { role: 'system' },
      { type: 'compaction', encrypted_content: sealedIn(output) },
      { role: 'user', content: 'next' },
    ]);
  });

  it('is asked for a summary where it has no such path', async () => {
    service.simulator.behave(
      { status: 404, error: { message: 'Not Found', code: null, param: null } },
      { path: '/responses/compact' },
    );
    service.simulator.behave({ answer: 'She is Alice.', times: 1 }, { path: '/responses' });
    const { output } = await client.responses.compact({
      model,
      input: [user('x'), assistant('y')],
    });
    const window = output as ResponseInputItem[];
    await client.responses.create({ model, input: [...window, user('And I?')] });
    expect(inputOf()).toMatchObject([
      { role: 'developer', content: `${heading}She is Alice.` },
      { role: 'user', content: 'And I?' },
    ]);
  });

  it('fails as the model service does', async () => {
    service.simulator.behave({ status: 400, error: { message: 'No.' } });
    await expect(client.responses.compact({ model, input: 'x' })).rejects.toMatchObject({
      status: 400,
    });
  });
});

it.each([
  ['whole', {}],
  ['in a small window', { MODEL_WINDOWS: `${model}=1500` }],
])(
  'of this service stands in for one that the model service cannot open with another key, %s',
  async (_title, variables) => {
    const first = await startOpenAiService({ UPSTREAM_DIALECT: 'chat-completions' });
    ({ client } = first);
    const id = await longConversation();
    first.simulator.behave({ answer: 'They spoke.', times: 1 });
    await client.responses.create({
      ...{ model, conversation: id, input: 'third', context_management: management },
    });
    await first.app.close();
    const second = await startOpenAiService(
      { UPSTREAM_DIALECT: 'responses', OPENAI_BASE_URL: first.simulator.baseUrl, ...variables },
      first.folder,
    );
    ({ client } = second);
    const organizations = { 'sk-test-1': 'org-one', 'sk-test-2': 'org-two' };
    const { simulator } = first;
    simulator.configure({ strictness: 'strict', reasoningModels: ['gpt-6'], organizations });
    const { output } = await client.responses.create({
      ...{ model, conversation: id, input: long('fourth') },
      context_management: [{ type: 'compaction', compact_threshold: 1 }],
    });
    expect(typesOf(output)).toEqual(['compaction', 'reasoning', 'message']);
    const told = () => {
      const { input } = simulator.calls.at(-1)!.body as { input: { content: unknown }[] };
      return JSON.stringify(input);
    };
    await client.responses.create({ model, conversation: id, input: 'fifth' });
    const { key } = simulator.calls.at(-1)!;
    expect(told()).not.toContain('They spoke.');
    expect(told()).toContain('"type":"compaction"');

    simulator.behave({ status: 429, headers: { 'retry-after': '60' } }, { key });
    const ways = [
      () => client.responses.create({ model, conversation: id, input: 'last' }),
      () => second.caller.chat(id, 'last'),
    ];
    for (const ask of ways) {
      await ask();
      const last = simulator.calls.at(-1)!;
      expect([last.outcome, last.key === key]).toEqual(['answered', false]);
      expect(told()).toContain(`${heading}They spoke.`.replaceAll('\n', '\\n'));
      expect(told()).toContain('Be kind.');
      expect(told()).toContain('last');
      expect(told()).not.toContain('first word');
      expect(told()).not.toContain('"type":"compaction"');
      expect(told()).not.toContain('alice1.');
      if (Object.keys(variables).length === 0) expect(told()).toContain('fourth word');
    }
    second.expectNoFaults();
    await second.app.close();
    await second.simulator.close();
    await first.close();
  },
);

it('opens at another replica, and whatever the encryption secret has become', async () => {
  const first = await startOpenAiService();
  const shared = { OPENAI_BASE_URL: first.simulator.baseUrl };
  const secret = { KEY_ENCRYPTION_SECRET: 'a secret of thirty-two characters' };
  const second = await startOpenAiService({ ...shared, ...secret }, first.folder);
  first.simulator.reset();
  first.simulator.behave({ answer: 'She is Alice.', times: 1 });
  const { output } = await first.client.responses.compact({ model, input: 'Who are you?' });
  const window = output as ResponseInputItem[];
  await second.client.responses.create({ model, input: [...window, user('And I?')] });
  const { messages } = first.simulator.calls.at(-1)!.body as { messages: { content: string }[] };
  expect(messages[0]?.content).toBe(`${heading}She is Alice.`);
  await second.app.close();
  await second.simulator.close();
  await first.close();
});
