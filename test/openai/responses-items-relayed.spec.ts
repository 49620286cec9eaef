import type OpenAI from 'openai';
import type { RecordedCall } from '../../tools/simulator/calls.js';
import type { ScriptedItem } from '../../tools/simulator/responses/script.js';
import { until } from '../support/until.js';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';
import { checkResponsesRequest } from './responses-requests.js';

type Item = Record<string, unknown> & { type: string; id: string };
type Event = OpenAI.Responses.ResponseStreamEvent;

const model = 'gpt-6-luna';
const annotation = {
  ...{ type: 'url_citation', url: 'https://example.com/', title: 'Example' },
  ...{ start_index: 0, end_index: 5 },
};
const searching: ScriptedItem = { type: 'web_search_call' };
const answering: ScriptedItem = {
  ...{ type: 'message', phase: 'final_answer' },
  content: [{ type: 'output_text', text: 'Sunny, they say.', annotations: [annotation] }],
};
/** All that a model service does by itself, with thoughts in between. */
const hosted: ScriptedItem[] = [
  { type: 'reasoning', summary: ['I should look.'] },
  searching,
  { type: 'message', phase: 'commentary', content: 'Looking further.' },
  { type: 'reasoning' },
  { type: 'file_search_call' },
  { type: 'code_interpreter_call' },
  { type: 'image_generation_call' },
  { type: 'mcp_list_tools' },
  { type: 'reasoning' },
  { type: 'mcp_call' },
  answering,
];
const tools: OpenAI.Responses.Tool[] = [
  { type: 'web_search' },
  { type: 'file_search', vector_store_ids: ['vs_1'] },
  { type: 'code_interpreter', container: { type: 'auto' } },
  { type: 'image_generation' },
  { type: 'mcp', server_label: 'files', server_url: 'https://example.com/mcp' },
  { type: 'custom', name: 'run' },
];

/** What a service found in question and answer. */
const found = { type: 'error', code: 'unavailable', message: 'Not now.' };
const moderation = { input: found, output: found };

let service: OpenAiService;
let client: OpenAI;
/** Types of items that the client's own types are stricter about than the API. */
let unchecked: string[] = [];

beforeAll(async () => {
  service = await startOpenAiService({ UPSTREAM_DIALECT: 'responses' });
  ({ client } = service);
});
afterAll(() => service.close());
beforeEach(() => {
  service.simulator.configure({ strictness: 'strict', reasoningModels: ['gpt-6'] });
});
afterEach(() => {
  service.expectNoFaults();
  const { calls } = service.simulator;
  expect(calls.flatMap(({ body }) => checkResponsesRequest(body, unchecked))).toEqual([]);
  unchecked = [];
  service.simulator.reset();
});

function lastCall(): RecordedCall {
  return service.simulator.calls.at(-1)!;
}

function inputSent(): Item[] {
  return lastCall().body['input'] as Item[];
}

/** An item without what differs between here and its service. */
function said({ id, ...item }: object & { id?: unknown }): object {
  return item;
}

/** What a service would have made of a script, by what it is given back. */
function madeOf(output: readonly object[]): object[] {
  return inputSent()
    .slice(1, 1 + output.length)
    .map(said);
}

/** By their kind the ids of a service's items begin in the same way. */
const beginnings: Record<string, RegExp> = {
  ...{ reasoning: /^rs_/, message: /^msg_/, web_search_call: /^ws_/, file_search_call: /^fs_/ },
  ...{ code_interpreter_call: /^ci_/, image_generation_call: /^ig_/, mcp_call: /^mcp_/ },
  ...{ mcp_list_tools: /^mcpl_/ },
};

function expectOurs(output: readonly object[]): void {
  for (const { id, type } of output as Item[]) expect(id).toMatch(beginnings[type]!);
  const ids = new Set((output as Item[]).map(({ id }) => id));
  expect(ids.size).toBe(output.length);
}

describe('what a model service does with tools of its own', () => {
  it('is answered whole under our ids, and given back under its own', async () => {
    service.simulator.behave({ output: hosted, times: 1 });
    const first = await client.responses.create({ model, input: 'Go', tools });
    expect(first.output.map(({ type }) => type)).toEqual(hosted.map(({ type }) => type));
    expect(first.output_text).toContain('Sunny, they say.');
    expectOurs(first.output);
    await client.responses.create({
      ...{ model, tools, input: 'And?' },
      previous_response_id: first.id,
    });
    expect(lastCall().outcome).toBe('answered');
    expect(inputSent()).toHaveLength(hosted.length + 2);
    const ours = new Set(first.output.map(({ id }) => id));
    expect(inputSent().filter(({ id }) => ours.has(id))).toEqual([]);
    expect(
      inputSent()
        .slice(1, -1)
        .every(({ id }) => typeof id === 'string'),
    ).toBe(true);
    const given = first.output.map((item) => {
      const { status, ...rest } = item as unknown as Item & { status?: string };
      return item.type === 'reasoning' ? said(rest) : said(item);
    });
    expect(madeOf(first.output)).toEqual(
      given.map((item) => expect.objectContaining(withoutLogprobs(item)) as object),
    );
    await expect(client.responses.retrieve(first.id)).resolves.toMatchObject({
      output: first.output,
    });
  });

  it('is streamed event by event, in order, under our ids and numbers', async () => {
    service.simulator.behave({ output: hosted, times: 1 });
    const events = await collect(
      await client.responses.create({ model, input: 'Go', tools, stream: true }),
    );
    const output = expectStream(events);
    expect(output.map(({ type }) => type)).toEqual(hosted.map(({ type }) => type));
    const types = new Set(events.map(({ type }) => type));
    for (const type of [
      ...['web_search_call.searching', 'file_search_call.completed', 'mcp_call_arguments.done'],
      ...['code_interpreter_call.interpreting', 'code_interpreter_call_code.delta'],
      ...['image_generation_call.partial_image', 'mcp_list_tools.completed'],
      ...['output_text.annotation.added', 'reasoning_summary_text.delta'],
    ]) {
      expect([...types]).toContain(`response.${type}`);
    }
    expect(events.filter((event) => 'obfuscation' in event)).toEqual([]);
  });

  it('goes on in the background, and is resumed at any event', async () => {
    service.simulator.behave({ output: hosted, holdAfterPieces: 3, times: 1 });
    const request = { model, input: 'Go', tools, background: true, stream: true } as const;
    const stream = await client.responses.create(request);
    const seen: Event[] = [];
    for await (const event of stream) {
      seen.push(event);
      if (event.type === 'response.reasoning_summary_text.delta') break;
    }
    const [created] = seen;
    const id = created?.type === 'response.created' ? created.response.id : '';
    const after = seen.at(-1)!.sequence_number;
    const rest = client.responses
      .retrieve(id, { stream: true, starting_after: after })
      .then((events) => collect(events));
    await until('it goes on', async () => {
      service.simulator.release();
      return (await client.responses.retrieve(id)).status === 'completed';
    });
    const events = [...seen, ...(await rest)];
    expectStream(events);
    for (const starting_after of [0, 10, events.length - 2]) {
      const again = await client.responses.retrieve(id, { stream: true, starting_after });
      expect((await collect(again)).map(({ sequence_number }) => sequence_number)).toEqual(
        Array.from({ length: events.length - 1 - starting_after }, (_, index) => {
          return starting_after + 1 + index;
        }),
      );
    }
    await client.responses.create({ model, tools, input: 'And?', previous_response_id: id });
    expect(inputSent()).toHaveLength(hosted.length + 2);
    expect(lastCall().outcome).toBe('answered');
  });

  it('stays in a conversation, and is listed as it was answered', async () => {
    const { id: conversation } = await client.conversations.create();
    service.simulator.behave({ output: hosted, times: 1 });
    const { output } = await client.responses.create({ model, conversation, input: 'Go', tools });
    const items = await collect(client.conversations.items.list(conversation, { order: 'asc' }));
    expect(items.slice(1).map(({ id }) => id)).toEqual(output.map(({ id }) => id));
    expect(items.slice(1).map(({ type }) => type)).toEqual(hosted.map(({ type }) => type));
    expect(JSON.stringify(items)).not.toContain('origin');
    await service.caller.chat(conversation, 'And?');
    expect(lastCall().outcome).toBe('answered');
    // Without the tools, thoughts made with them are none, nor is what the service did on them.
    expect(inputSent().map(({ type }) => type)).toEqual([
      'message',
      'message',
      'message',
      'message',
    ]);
  });

  it('is sent back by the official client where nothing is kept here', async () => {
    // What is sealed says which one it is; the id that callers know is none of its service.
    unchecked = ['reasoning'];
    const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'Go' }];
    service.simulator.behave({ output: hosted, times: 1 });
    for (let turn = 0; turn < 3; turn += 1) {
      const { output } = await client.responses.create({
        ...{ model, tools, input, store: false },
        include: ['reasoning.encrypted_content'],
      });
      expect(lastCall().outcome).toBe('answered');
      input.push(...(output as OpenAI.Responses.ResponseInputItem[]));
      input.push({ role: 'user', content: 'And?' });
    }
    expect(inputSent().filter(({ type }) => type === 'reasoning')).toHaveLength(4);
  });

  it('is approved by the id that its service gave the request', async () => {
    const request: ScriptedItem = {
      ...{ type: 'mcp_approval_request', server_label: 'files', name: 'read' },
      arguments: '{"path":"a"}',
    };
    service.simulator.behave({ output: [{ type: 'reasoning' }, request], times: 1 });
    const { id: conversation } = await client.conversations.create();
    const { output } = await client.responses.create({ model, conversation, input: 'Go', tools });
    const shown = output[1]?.id ?? '';
    expect(shown).toMatch(/^mcpr_/);
    const approval = {
      ...{ type: 'mcp_approval_response' as const, approve: true },
      approval_request_id: shown,
    };
    await client.responses.create({ model, conversation, input: [approval], tools });
    const [, , asked, answer] = inputSent();
    expect(asked).toMatchObject({ type: 'mcp_approval_request', arguments: '{"path":"a"}' });
    expect(asked?.id).not.toBe(shown);
    expect(answer).toEqual({ ...approval, approval_request_id: asked?.id });
    const items = await collect(client.conversations.items.list(conversation, { order: 'asc' }));
    expect(items[3]).toMatchObject(approval);
    await client.responses.create({ model, conversation, input: 'And?', tools });
    expect(inputSent()[3]).toEqual(answer);
    unchecked = [approval.type];
    const id: unknown = { toString: 1, valueOf: 1 };
    const odd = { ...approval, approval_request_id: id as string };
    await client.responses.create({ model, input: [odd], tools });
    expect(inputSent()).toEqual([odd]);
  });
});

/** Members that clients rely on and services take back without. */
function withoutLogprobs(item: object): object {
  if (!('content' in item) || !Array.isArray(item.content)) return item;
  const content = (item.content as object[]).map(
    (part) =>
      expect.objectContaining(
        Object.fromEntries(Object.entries(part).filter(([name]) => name !== 'logprobs')),
      ) as object,
  );
  return { ...item, content };
}

/** Numbers without gaps, places in order, ids that stay the same. @returns the final output */
function expectStream(events: readonly Event[]): Item[] {
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual([...events.keys()]);
  expect(events.slice(0, 2).map(({ type }) => type)).toEqual([
    'response.created',
    'response.in_progress',
  ]);
  const last = events.at(-1);
  if (last?.type !== 'response.completed') throw new Error(`It ended with ${String(last?.type)}`);
  const output = last.response.output as unknown as Item[];
  expectOurs(output);
  const added: string[] = [];
  const done: unknown[] = [];
  for (const event of events as (Event & { output_index?: number; item_id?: string })[]) {
    if (event.type === 'response.output_item.added') {
      expect(event.output_index).toBe(added.length);
      added.push(event.item.id ?? '');
    } else if (event.type === 'response.output_item.done') done.push(event.item);
    else if (event.item_id !== undefined) {
      expect([event.item_id, event.output_index]).toEqual([added.at(-1), added.length - 1]);
    }
  }
  expect(added).toEqual(output.map(({ id }) => id));
  expect(done).toEqual(output);
  return output;
}

describe('what is said of a response', () => {
  it('goes to its service and comes back', async () => {
    service.simulator.behave({
      responseFields: { service_tier: 'flex', moderation },
    });
    const asked = {
      ...{ model, input: 'Hi', service_tier: 'flex' as const, prompt_cache_key: 'mine' },
      ...{ moderation: { model: 'omni-moderation-latest' } },
      ...{ prompt_cache_options: { mode: 'implicit' }, safety_identifier: 'someone' },
      ...{ reasoning: { effort: 'low' as const, summary: 'auto' as const } },
      ...{ include: ['web_search_call.action.sources' as const], max_tool_calls: 3, tools },
      ...{ text: { verbosity: 'low' as const }, parallel_tool_calls: false },
    };
    const response = await client.responses.create(asked as never);
    expect(lastCall().body).toMatchObject({
      ...{ service_tier: 'flex', prompt_cache_key: 'mine', safety_identifier: 'someone' },
      ...{ moderation: asked.moderation, prompt_cache_options: asked.prompt_cache_options },
      ...{ reasoning: asked.reasoning, max_tool_calls: 3, tools, store: false },
      ...{ include: ['web_search_call.action.sources', 'reasoning.encrypted_content'] },
      ...{ text: asked.text, parallel_tool_calls: false },
    });
    expect(response).toMatchObject({
      ...{ service_tier: 'flex', moderation },
      ...{ prompt_cache_key: 'mine', safety_identifier: 'someone', store: true },
    });
  });

  it.each<[string, OpenAI.Responses.Tool, object]>([
    ['finds', { type: 'tool_search' }, { defer_loading: true }],
    ['calls', { type: 'programmatic_tool_calling' }, { allowed_callers: ['programmatic'] }],
  ])('tells of functions that a tool of the service %s', async (_, by, more) => {
    const output_schema = { type: 'object' };
    const functions = [
      { type: 'function' as const, name: 'look', parameters: {}, strict: false, output_schema },
      { type: 'custom' as const, name: 'run' },
    ];
    const asked = [by, ...functions.map((one) => ({ ...one, ...more }))];
    const response = await client.responses.create({ model, input: 'Hi', tools: asked });
    expect(lastCall().body['tools']).toEqual(asked);
    expect(response.tools).toMatchObject(asked);
  });

  it('says to nobody else what is said here', async () => {
    const request = { model, input: 'Hi', metadata: { a: 'b' }, background: true };
    const { id } = await client.responses.create(request);
    await until('it is complete', async () => {
      return (await client.responses.retrieve(id)).status === 'completed';
    });
    const body = lastCall().body;
    for (const name of ['metadata', 'background', 'conversation', 'previous_response_id']) {
      expect(body).not.toHaveProperty(name);
    }
  });

  it('calls tools that take any text', async () => {
    const call: ScriptedItem = { type: 'custom_tool_call', call_id: 'c', name: 'run', input: 'ls' };
    service.simulator.behave({ output: [{ type: 'reasoning' }, call], times: 1 });
    const events = await collect(
      await client.responses.create({ model, input: 'Go', tools, stream: true }),
    );
    const [, called] = expectOutput(events);
    expect(called).toMatchObject({ type: 'custom_tool_call', input: 'ls', status: 'completed' });
    const last = events.at(-1) as OpenAI.Responses.ResponseCompletedEvent;
    await client.responses.create({
      ...{ model, tools, previous_response_id: last.response.id },
      input: [{ type: 'custom_tool_call_output', call_id: 'c', output: 'a.txt' }],
    });
    expect(inputSent().map(({ type }) => type)).toEqual([
      ...['message', 'reasoning', 'custom_tool_call', 'custom_tool_call_output'],
    ]);
  });
});

describe('allowed_tools', () => {
  const names = ['look', 'run'];
  const both: OpenAI.Responses.Tool[] = [
    { type: 'function', name: 'look', parameters: { type: 'object' }, strict: false },
    { type: 'custom', name: 'run' },
  ];
  /** A model that thinks, and calls each of them. */
  const calling: ScriptedItem[] = [
    { type: 'reasoning', summary: ['I need both.'] },
    { type: 'function_call', call_id: 'c_look', name: 'look', arguments: '{"x":1}' },
    { type: 'custom_tool_call', call_id: 'c_run', name: 'run', input: 'ls' },
  ];
  const allow = (name: string) => ({
    ...{ type: 'allowed_tools' as const, mode: 'auto' as const },
    tools: [{ type: name === 'look' ? 'function' : 'custom', name }],
  });

  it.each(names.flatMap((name) => [false, true].map((stream) => [name, stream] as const)))(
    'are all that comes out, and the call is gone on from: only %s (stream: %s)',
    async (name, stream) => {
      service.simulator.behave({ output: calling, times: 1 });
      const { id: conversation } = await client.conversations.create();
      const body = { model, conversation, input: 'x', tools: both, tool_choice: allow(name) };
      const events = stream
        ? await collect(await client.responses.create({ ...body, stream: true }))
        : [];
      const output = stream ? expectOutput(events) : (await client.responses.create(body)).output;
      expect(output).toMatchObject([{ type: 'reasoning' }, { name, call_id: `c_${name}` }]);
      expect(output).toHaveLength(2);
      const [refused] = names.filter((other) => other !== name);
      expect(JSON.stringify(events)).not.toContain(`c_${refused}`);
      const numbers = events.flatMap((event) =>
        'output_index' in event ? [event.output_index] : [],
      );
      expect(Math.max(...numbers, 1)).toBe(1);
      const type = name === 'look' ? 'function_call_output' : 'custom_tool_call_output';
      const answer = {
        type,
        call_id: `c_${name}`,
        output: 'ok',
      } as OpenAI.Responses.ResponseInputItem;
      // The strict simulator takes what is told of it, whatever the thought before it led to.
      const { status } = await client.responses.create({
        ...{ model, conversation, input: [answer], tools: both },
      });
      expect(status).toBe('completed');
      expect(inputSent().filter(({ call_id: id }) => id === `c_${refused}`)).toEqual([]);
    },
  );
});

function expectOutput(events: readonly Event[]): Item[] {
  const last = events.at(-1) as OpenAI.Responses.ResponseCompletedEvent;
  return last.response.output as unknown as Item[];
}

describe('a service that speaks chat completions', () => {
  let other: OpenAiService;
  beforeAll(async () => {
    other = await startOpenAiService({ UPSTREAM_DIALECT: 'chat-completions' });
  });
  afterAll(() => other.close());

  it('has no tools of its own, which is said with the dialect that has', async () => {
    await expect(
      other.client.responses.create({ model, input: 'Go', tools: [{ type: 'web_search' }] }),
    ).rejects.toMatchObject({
      status: 400,
      param: 'tools[0].type',
      message: expect.stringContaining('UPSTREAM_DIALECT=responses') as string,
    });
    expect(other.simulator.totalCalls).toBe(0);
    other.expectNoFaults();
  });
});
