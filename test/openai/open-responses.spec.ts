import type OpenAI from 'openai';
import { query } from '../support/stored.js';
import { write } from '../support/database-file.js';
import { until } from '../support/until.js';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

// What Open Responses (openresponses.org, 2026-04-24) wants beyond what OpenAI's client reads.

const model = 'gpt-6-luna';
const tool = { type: 'function' as const, name: 'f', parameters: {}, strict: null };
const format = { type: 'json_schema' as const, name: 'x', schema: {} };

/** ResponseResource.required; service_tier, text.format.strict and the penalties are never null. */
const required = [
  ...['id', 'object', 'created_at', 'completed_at', 'status', 'incomplete_details', 'model'],
  ...['previous_response_id', 'instructions', 'output', 'error', 'tools', 'tool_choice'],
  ...['truncation', 'parallel_tool_calls', 'text', 'top_p', 'presence_penalty'],
  ...['frequency_penalty', 'top_logprobs', 'temperature', 'reasoning', 'usage'],
  ...['max_output_tokens', 'max_tool_calls', 'store', 'background', 'service_tier', 'metadata'],
  ...['safety_identifier', 'prompt_cache_key'],
];
const unlessSaid = {
  presence_penalty: 0,
  frequency_penalty: 0,
  max_tool_calls: null,
  service_tier: 'default',
  safety_identifier: null,
  prompt_cache_key: null,
  tools: [{ ...tool, description: null }],
  text: { format: { ...format, description: null, strict: false } },
};

let service: OpenAiService;
let client: OpenAI;

beforeAll(async () => {
  service = await startOpenAiService();
  ({ client } = service);
});
afterAll(() => service.close());
afterEach(() => {
  service.expectNoFaults();
  service.simulator.reset();
});

function expectWhole(response: object): void {
  expect(required.filter((field) => !(field in response))).toEqual([]);
  expect(response).toMatchObject(unlessSaid);
}

const asked = { model, input: 'hello', tools: [tool], text: { format } };

function untilCompleted(id: string): Promise<void> {
  return until('it has completed', async () => {
    return (await client.responses.retrieve(id)).status === 'completed';
  });
}

describe('every response has all fields of Open Responses', () => {
  it('at its end, while it runs, and when it is found again', async () => {
    const response = await client.responses.create(asked);
    expectWhole(response);
    expectWhole(await client.responses.retrieve(response.id));
    const events = await collect(await client.responses.create({ ...asked, stream: true }));
    const shown = events.flatMap((event) => ('response' in event ? [event.response] : []));
    for (const each of shown) expectWhole(each);
    expect(shown.map(({ usage }) => usage)).toEqual([null, null, expect.any(Object)]);
  });

  it('in the background', async () => {
    service.simulator.behave({ holdBeforeAnswer: true });
    const running = await client.responses.create({ ...asked, background: true });
    expectWhole(running);
    expect(running.usage).toBeNull();
    await service.simulator.waitForCalls(1);
    service.simulator.release();
    await untilCompleted(running.id);
  });

  it('when it failed', async () => {
    service.simulator.behave({ answer: ['one', 'two'], cutAfterPieces: 1 });
    const events = await collect(await client.responses.create({ ...asked, stream: true }));
    const last = events.at(-1) as OpenAI.Responses.ResponseFailedEvent;
    expect(last.response).toMatchObject({ status: 'failed', usage: null });
    expectWhole(last.response);
  });

  it('when an earlier version stored it', async () => {
    const { id } = await client.responses.create(asked);
    const [row] = query<{ body: string }>(
      service.databaseFile,
      'SELECT body FROM responses WHERE id = ?',
      id,
    );
    const { usage, presence_penalty, frequency_penalty, service_tier, ...before } = JSON.parse(
      row!.body,
    ) as Record<string, unknown>;
    expect([usage, presence_penalty, frequency_penalty, service_tier]).not.toContain(undefined);
    const { max_tool_calls, safety_identifier, prompt_cache_key, ...older } = before;
    expect([max_tool_calls, safety_identifier, prompt_cache_key]).toEqual([null, null, null]);
    const body = JSON.stringify({
      ...older,
      tools: [tool],
      text: { format: { ...format, strict: null } },
    });
    write(service, 'UPDATE responses SET body = @body WHERE id = @id', { id, body });
    const found = await client.responses.retrieve(id);
    expectWhole(found);
    expect(found.usage).toBeNull();
  });

  it('and a regeneration asks as before', async () => {
    const { id } = await client.conversations.create();
    await client.responses.create({ ...asked, conversation: id });
    const { tools: first, response_format: firstFormat } = service.simulator.calls.at(-1)!.body;
    await client.post(`/conversations/${id}/regenerate`, { body: {} });
    const { tools: second, response_format: secondFormat } = service.simulator.calls.at(-1)!.body;
    expect(second).toEqual(first);
    expect(secondFormat).toEqual(firstFormat);
  });
});

describe('every stream of a response ends with [DONE]', () => {
  const end = (type: string) =>
    new RegExp(`\\n\\nevent: ${type}\\ndata: .*\\n\\ndata: \\[DONE\\]\\n\\n$`);

  it('when it has completed', async () => {
    const sent = await client.responses.create({ ...asked, stream: true }).asResponse();
    expect(await sent.text()).toMatch(end('response\\.completed'));
  });

  it('when it has failed', async () => {
    service.simulator.behave({ answer: ['one', 'two'], cutAfterPieces: 1 });
    const sent = await client.responses.create({ ...asked, stream: true }).asResponse();
    expect(await sent.text()).toMatch(end('response\\.failed'));
  });

  it('in the background, and when it is resumed', async () => {
    const background = { ...asked, background: true, stream: true } as const;
    const sent = await client.responses.create(background).asResponse();
    const text = await sent.text();
    expect(text).toMatch(end('response\\.completed'));
    const id = /"id":"(resp_\w+)"/.exec(text)?.[1] ?? '';
    const resumed = await client.responses
      .retrieve(id, { stream: true, starting_after: 4 })
      .asResponse();
    expect(await resumed.text()).toMatch(end('response\\.completed'));
  });

  it('when it is given again', async () => {
    const { id } = await client.conversations.create();
    await client.responses.create({ ...asked, conversation: id });
    const sent = await client
      .post(`/conversations/${id}/regenerate`, { body: { stream: true } })
      .asResponse();
    expect(await sent.text()).toMatch(end('response\\.completed'));
  });
});
