import { OpenAI } from 'openai';
import { faultsOf } from '../../../test/openai/openai-schema.js';
import { checkResponsesRequest } from '../../../test/openai/responses-requests.js';
import type { Behaviour } from '../behaviour.js';
import { ask, responseEventsOf, responseIn } from '../simulator-client.js';
import type { ResponseEvent } from '../simulator-client.js';
import { startSimulator } from '../simulator.js';
import type { Simulator } from '../simulator.js';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterEach(() => {
  simulator.reset();
});

afterAll(() => simulator.close());

const path = '/responses';

async function streamOf(
  behaviour: Behaviour,
  body: Record<string, unknown> = {},
): Promise<ResponseEvent[]> {
  simulator.behave(behaviour);
  const answer = await ask(simulator, { stream: true, ...body }, { path });
  return responseEventsOf(await answer.text());
}

function typesOf(events: readonly ResponseEvent[]): string[] {
  return events.map(({ type }) => type.replace('response.', ''));
}

/** Events of the same type in a row as one. */
function shortTypesOf(events: readonly ResponseEvent[]): string[] {
  return typesOf(events).filter((type, index, types) => type !== types[index - 1]);
}

/** What newer documents have and the installed client's types do not. */
const newerEvents = ['response.compaction.compacting'];

function expectKnown(events: readonly ResponseEvent[]): void {
  const known = events.filter(({ type }) => !newerEvents.includes(type));
  expect(known.flatMap((event) => faultsOf('ResponseStreamEvent', event))).toEqual([]);
}

describe('a plain response', () => {
  it('says what a chat completion says, by the client’s types', async () => {
    const input = [
      { role: 'developer', content: 'Be kind.' },
      { role: 'user', content: [{ type: 'input_text', text: '困的时候可以睡觉吗' }] },
    ];
    const answer = await ask(simulator, { input, store: false, metadata: { a: 'b' } }, { path });
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
    const response = await responseIn(answer);
    expect(faultsOf('Response', response)).toEqual([]);
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      model: 'gpt-6-luna',
      store: false,
      metadata: { a: 'b' },
      output: [
        {
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'You said: 困的时候可以睡觉吗' }],
        },
      ],
      usage: { input_tokens: 5, output_tokens_details: { reasoning_tokens: 0 } },
    });
    expect(checkResponsesRequest(simulator.calls[0]?.body ?? {})).toEqual([]);
  });

  it('calls functions as told', async () => {
    simulator.behave({
      toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"at":"Rome"}' }],
    });
    const { output } = await responseIn(await ask(simulator, {}, { path }));
    expect(output).toMatchObject([
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"at":"Rome"}' },
    ]);
  });

  it('wants a model and an input', async () => {
    for (const param of ['model', 'input']) {
      const answer = await ask(simulator, { [param]: undefined }, { path });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: { param } });
    }
  });

  it('is incomplete, or has failed, as told', async () => {
    simulator.behave({ failAfterPieces: 0, error: { message: 'Full', code: 'server_error' } });
    simulator.behave({ finishReason: 'length', times: 1 });
    const cut = await responseIn(await ask(simulator, {}, { path }));
    expect(faultsOf('Response', cut)).toEqual([]);
    expect(cut).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
    });
    const failed = await responseIn(await ask(simulator, {}, { path }));
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'server_error', message: 'Full' },
    });
  });

  it('has the fields it is given over its own', async () => {
    simulator.behave({ responseFields: { service_tier: 'flex', moderation: null } });
    const response = await responseIn(await ask(simulator, {}, { path }));
    expect(response).toMatchObject({ service_tier: 'flex', moderation: null });
  });
});

describe('a streamed response', () => {
  it('is numbered events from created to completed, without [DONE]', async () => {
    const events = await streamOf({ answer: ['Hel', 'lo'] });
    expect(typesOf(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    expect(events.map(({ sequence_number: number }) => number)).toEqual([...events.keys()]);
    expect(events.flatMap(({ delta }) => delta ?? [])).toEqual(['Hel', 'lo']);
    expectKnown(events);
    expect(simulator.calls[0]).toMatchObject({ outcome: 'answered', piecesSent: 2 });
  });

  it('pads its deltas unless asked not to, and ends in [DONE] if told', async () => {
    expect(JSON.stringify(await streamOf({}))).toContain('obfuscation');
    const body = { stream: true, stream_options: { include_obfuscation: false } };
    simulator.behave({ sendDone: true });
    const text = await (await ask(simulator, body, { path })).text();
    expect(text).not.toContain('obfuscation');
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
  });

  it('tells of every kind of item in its own events', async () => {
    const events = await streamOf({
      output: [
        { type: 'reasoning', summary: ['First this.', 'Then that.'], content: ['Hm.'] },
        { type: 'message', content: 'Looking.', phase: 'commentary' },
        { type: 'function_call', name: 'weather', arguments: '{"at":"Rome"}' },
        { type: 'custom_tool_call', name: 'run', input: 'ls -l' },
        { type: 'web_search_call' },
        { type: 'file_search_call' },
        { type: 'code_interpreter_call' },
        { type: 'image_generation_call' },
        { type: 'mcp_list_tools' },
        { type: 'mcp_call' },
        { type: 'mcp_call', error: 'Gone' },
        { type: 'compaction' },
        {
          type: 'message',
          phase: 'final_answer',
          content: [
            { type: 'refusal', refusal: 'No.' },
            {
              type: 'output_text',
              text: 'Sunny',
              annotations: [
                {
                  type: 'url_citation',
                  url: 'https://a.b',
                  title: 'A',
                  start_index: 0,
                  end_index: 5,
                },
              ],
            },
          ],
        },
      ],
    });
    expectKnown(events);
    const part = ['content_part.added', 'content_part.done'] as const;
    const summary = [
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
    ];
    const within = [
      [...summary, ...summary, part[0], 'reasoning_text.delta', 'reasoning_text.done', part[1]],
      [part[0], 'output_text.delta', 'output_text.done', part[1]],
      ['function_call_arguments.delta', 'function_call_arguments.done'],
      ['custom_tool_call_input.delta', 'custom_tool_call_input.done'],
      ['in_progress', 'searching', 'completed'].map((state) => `web_search_call.${state}`),
      ['in_progress', 'searching', 'completed'].map((state) => `file_search_call.${state}`),
      [
        'code_interpreter_call.in_progress',
        'code_interpreter_call_code.delta',
        'code_interpreter_call_code.done',
        'code_interpreter_call.interpreting',
        'code_interpreter_call.completed',
      ],
      ['in_progress', 'generating', 'partial_image', 'completed'].map(
        (state) => `image_generation_call.${state}`,
      ),
      ['mcp_list_tools.in_progress', 'mcp_list_tools.completed'],
      ['mcp_call.in_progress', 'mcp_call_arguments.delta', 'mcp_call_arguments.done'].concat(
        'mcp_call.completed',
      ),
      ['mcp_call.in_progress', 'mcp_call_arguments.delta', 'mcp_call_arguments.done'].concat(
        'mcp_call.failed',
      ),
      ['compaction.compacting'],
      [
        ...[part[0], 'refusal.delta', 'refusal.done', part[1]],
        ...[part[0], 'output_text.delta', 'output_text.annotation.added', 'output_text.done'],
        part[1],
      ],
    ];
    expect(shortTypesOf(events)).toEqual([
      'created',
      'in_progress',
      ...within.flatMap((types) => ['output_item.added', ...types, 'output_item.done']),
      'completed',
    ]);
    const done = events.flatMap(({ type, item }) => (type.endsWith('item.done') && item) || []);
    expect(events.at(-1)?.response?.output).toEqual(done);
  });

  it('passes on items and events that nobody knows', async () => {
    const events = await streamOf({
      output: [
        { event: { type: 'response.queued_again', place: 3 } },
        { type: 'dream_call', id: 'dream_1', sheep: 7 },
      ],
    });
    expect(events.slice(2, -1)).toMatchObject([
      { type: 'response.queued_again', sequence_number: 2, place: 3 },
      { type: 'response.output_item.added', item: { id: 'dream_1', sheep: 7 } },
      { type: 'response.output_item.done', item: { id: 'dream_1', sheep: 7 } },
    ]);
  });

  it('shows sealed content whole only when the item is done', async () => {
    const events = await streamOf(
      { output: [{ type: 'reasoning' }, { type: 'message', content: 'Hi' }] },
      { include: ['reasoning.encrypted_content'] },
    );
    const [added, done] = events.flatMap(({ item }) => item?.encrypted_content ?? []).map(String);
    expect(done?.startsWith(added ?? '?')).toBe(true);
    expect(added).not.toBe(done);
  });

  it('holds where the script says, and goes on at release', async () => {
    simulator.behave({ output: [{ hold: true }, { type: 'message', content: 'Hi' }] });
    const answer = await ask(simulator, { stream: true }, { path });
    const reader = answer.body?.getReader();
    const first = new TextDecoder().decode((await reader?.read())?.value as Uint8Array);
    expect(typesOf(responseEventsOf(first))).toEqual(['created', 'in_progress']);
    simulator.release();
    const next = new TextDecoder().decode((await reader?.read())?.value as Uint8Array);
    expect(next).toContain('response.completed');
  });

  it('waits inside of an item, and before one, as the script says', async () => {
    simulator.behave({
      firstEventDelayMs: 1,
      output: [
        { hold: true, inside: true },
        { type: 'reasoning' },
        { pauseMs: 1 },
        { pauseMs: 1, inside: true },
        { type: 'message', content: 'Hi' },
      ],
    });
    const answer = await ask(simulator, { stream: true }, { path });
    const reader = answer.body?.getReader();
    let text = '';
    while (!text.includes('output_item.added')) {
      text += new TextDecoder().decode((await reader?.read())?.value as Uint8Array);
    }
    expect(typesOf(responseEventsOf(text))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
    ]);
    simulator.release();
    await simulator.waitForOutcome(0, 'answered');
    await reader?.cancel();
  });

  it('waits as a plain answer does', async () => {
    simulator.behave({ output: [{ hold: true }, { pauseMs: 1 }, { type: 'message' }] });
    const answer = ask(simulator, {}, { path });
    await simulator.waitForCalls(1);
    expect(simulator.running()).toBe(1);
    // Held only once the call has been read.
    const released = setInterval(() => {
      simulator.release();
    }, 1);
    const { output } = await responseIn(await answer);
    clearInterval(released);
    expect(output).toMatchObject([{ type: 'message', content: [] }]);
  });
});

describe('a stream that goes wrong', () => {
  it.each<[Behaviour, string]>([
    [{ errorAfterPieces: 1 }, 'error'],
    [{ failAfterPieces: 1, error: { message: 'No', code: 'rate_limit_exceeded' } }, 'failed'],
    [{ endAfterPieces: 1 }, 'output_text.delta'],
    [{ finishReason: 'content_filter' }, 'incomplete'],
    [{ finishReason: null }, 'output_item.done'],
  ])('ends as %j says', async (behaviour, last) => {
    const events = await streamOf({ answer: ['a', 'b'], ...behaviour });
    expect(typesOf(events).at(-1)).toBe(last);
    expectKnown(events);
  });

  it('says what failed, with what had been made', async () => {
    const events = await streamOf({
      failAfterPieces: 2,
      error: { message: 'Slow down', code: 'rate_limit_exceeded' },
      output: [
        { type: 'message', content: 'one' },
        { type: 'message', content: 'two' },
      ],
    });
    expect(events.at(-1)?.response).toMatchObject({
      status: 'failed',
      error: { code: 'rate_limit_exceeded', message: 'Slow down' },
      output: [{ content: [{ text: 'one' }] }],
    });
  });

  it('may break off in the middle', async () => {
    simulator.behave({ answer: ['a', 'b'], cutAfterPieces: 1 });
    const answer = await ask(simulator, { stream: true }, { path });
    await expect(answer.text()).rejects.toThrow();
    await simulator.waitForOutcome(0, 'failed');
  });
});

describe('the official client', () => {
  it('puts a stream together to what the simulator calls complete', async () => {
    const client = new OpenAI({ apiKey: 'sk-test', baseURL: simulator.baseUrl, maxRetries: 0 });
    simulator.behave({
      output: [
        { type: 'reasoning', summary: ['Let me see.'] },
        { type: 'message', content: 'Looking.', phase: 'commentary' },
        { type: 'web_search_call' },
        { type: 'function_call', name: 'weather', arguments: '{"at":"Rome"}' },
        { type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] },
      ],
    });
    const request = { model: 'gpt-6-luna', input: 'Hello', store: false };
    const stream = client.responses.stream(request);
    const completed = new Promise((resolve) => stream.on('response.completed', resolve));
    const { output, output_text: text } = await stream.finalResponse();
    expect(text).toBe('Looking.');
    expect(await completed).toMatchObject({
      response: { output: output.map(({ type }) => ({ type })) },
    });
    expect(output.map(({ type }) => type)).toEqual([
      'reasoning',
      'message',
      'web_search_call',
      'function_call',
      'message',
    ]);
    const whole = await client.responses.create(request);
    expect(whole.output_text).toBe('Looking.');
  });
});

describe('failures by name', () => {
  it.each<[Required<Behaviour>['failure'], number, string]>([
    ['reasoning_without_following_item', 400, 'without its required following item'],
    ['function_call_without_reasoning', 400, "'function_call' was provided without its required"],
    ['message_without_reasoning', 400, "'message' was provided without its required"],
    ['item_not_found', 404, 'Items are not persisted when `store` is set to false'],
    ['invalid_encrypted_content', 400, 'could not be verified'],
    ['tool_output_without_call', 400, 'No tool call found for function call output with call_id'],
    ['tool_call_without_output', 400, 'No tool output found for function call'],
    ['duplicate_item', 400, 'Duplicate item found'],
    ['responses_only_model', 400, 'This model is only supported in v1/responses'],
    ['tools_with_effort', 400, 'Function tools with reasoning_effort are not supported'],
  ])('%s', async (failure, status, words) => {
    simulator.behave({ failure });
    const answer = await ask(simulator, { stream: true }, { path });
    expect(answer.status).toBe(status);
    const body = (await answer.json()) as { error: { message: string } };
    expect(body.error.message).toContain(words);
    expect(faultsOf('ErrorResponse', body)).toEqual([]);
  });
});

describe('compaction', () => {
  const long = [{ role: 'user', content: 'a'.repeat(400) }];
  const from = (threshold: number) => [{ type: 'compaction', compact_threshold: threshold }];

  it('comes first in the output once the input is longer than the threshold', async () => {
    const body = { input: long, context_management: from(100) };
    const events = await streamOf({ answer: 'Hi' }, body);
    expectKnown(events);
    const output = events.at(-1)?.response?.output ?? [];
    expect(output.map(({ type }) => type)).toEqual(['compaction', 'message']);
    const next = { input: [...output, { role: 'user', content: 'Go on' }] };
    const short = await responseIn(await ask(simulator, { ...body, ...next }, { path }));
    expect(short.output).toMatchObject([{ type: 'compaction' }, {}]);
    const roomy = { ...body, ...next, context_management: from(1000) };
    const { output: said } = await responseIn(await ask(simulator, roomy, { path }));
    expect(said).toMatchObject([{ type: 'message' }]);
  });

  it('may be asked for by the last item', async () => {
    const input = [...long, { type: 'compaction_trigger' }];
    const { output } = await responseIn(await ask(simulator, { input }, { path }));
    expect(output).toMatchObject([{ type: 'compaction' }]);
    const misplaced = await ask(simulator, { input: input.toReversed() }, { path });
    expect(misplaced.status).toBe(400);
  });

  it('has a path of its own', async () => {
    const input = [...long, { role: 'assistant', content: 'Aha' }, { role: 'user', content: 'b' }];
    const answer = await ask(simulator, { input }, { path: '/responses/compact' });
    const compacted = (await answer.json()) as { output: { type: string }[] };
    expect(compacted).toMatchObject({
      object: 'response.compaction',
      output: [
        {
          type: 'message',
          role: 'user',
          content: [{ type: 'input_text', text: long[0]?.content }],
        },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'b' }] },
        { type: 'compaction' },
      ],
      usage: { total_tokens: expect.any(Number) as number },
    });
    // The client's types know no user messages in an output.
    const known = compacted.output.filter(({ type }) => type === 'compaction');
    expect(faultsOf('CompactResource', { ...compacted, output: known })).toEqual([]);
    const body = simulator.calls[0]?.body;
    expect(faultsOf('CompactResponseMethodPublicBody', body)).toEqual([]);
  });
});
