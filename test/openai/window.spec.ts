/* eslint-disable @typescript-eslint/no-deprecated -- deprecated fields are still taken */
import type OpenAI from 'openai';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

let service: OpenAiService;
let client: OpenAI;

beforeAll(async () => {
  service = await startOpenAiService({ MODEL_WINDOWS: 'gpt-6-luna=2000' });
  ({ client } = service);
});
afterAll(() => service.close());
afterEach(() => {
  service.expectNoFaults();
  service.simulator.reset();
});

const model = 'gpt-6-luna';
const long = (name: string) => `${name} ${'word '.repeat(300)}`;

/** Ten turns of which the window holds but a few. */
async function longConversation(): Promise<string> {
  const { id } = await client.conversations.create({
    items: [{ role: 'system', content: 'Be kind.' }],
  });
  for (let turn = 0; turn < 10; turn += 1) {
    await client.conversations.items.create(id, {
      items: [
        { role: 'user', content: long(`question ${turn}`) },
        { role: 'assistant', content: `answer ${turn}` },
      ],
    });
  }
  return id;
}

function texts(): string[] {
  const { messages } = service.simulator.calls.at(-1)!.body as {
    messages: { role: string; content: string }[];
  };
  return messages.map(({ content }) => content);
}

const trimmed = 'x-context-trimmed';

describe('a history longer than the window', () => {
  it.each([false, true])('is asked without its oldest turns (stream: %s)', async (stream) => {
    const id = await longConversation();
    const { response } = await client.responses
      .create({ model, conversation: id, input: 'last', stream })
      .withResponse();
    const left = Number(response.headers.get(trimmed));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(10);
    const sent = texts();
    expect(sent[0]).toBe('Be kind.');
    expect(sent.at(-1)).toBe('last');
    expect(sent[1]).toContain(`question ${left}`);
    expect(sent).toHaveLength(2 + 2 * (10 - left));
    if (!stream) {
      const items = await collect(client.conversations.items.list(id));
      expect(items).toHaveLength(23);
    }
  });

  it('says in its metadata what was left out', async () => {
    const id = await longConversation();
    const answer = await client.responses.create({ model, conversation: id, input: 'last' });
    expect(Number((answer.metadata as Record<string, string>)[trimmed])).toBeGreaterThan(0);
    expect(answer.truncation).toBe('auto');
    const next = await client.responses.create({ model, conversation: id, input: 'more' });
    expect(next.status).toBe('completed');
  });

  it('is a 400 with truncation: disabled', async () => {
    const id = await longConversation();
    await expect(
      client.responses.create({ model, conversation: id, input: 'x', truncation: 'disabled' }),
    ).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'input' });
    expect(service.simulator.totalCalls).toBe(0);
    const short = await client.responses.create({ model, input: 'x', truncation: 'disabled' });
    expect(short.truncation).toBe('disabled');
  });

  it('is asked once more with less when the upstream finds it too long', async () => {
    const { id } = await client.conversations.create({
      items: [0, 1, 2, 3].map((n) => ({ role: 'user' as const, content: `q${n}` })),
    });
    for (const n of [4, 5, 6]) {
      await client.conversations.items.create(id, { items: [{ role: 'user', content: `q${n}` }] });
    }
    const error = { message: 'Too long.', code: 'context_length_exceeded', param: 'messages' };
    service.simulator.behave({ status: 400, error, times: 1 });
    const { response } = await client.responses
      .create({ model, conversation: id, input: 'last', stream: true })
      .withResponse();
    expect(response.headers.get(trimmed)).toBe('2');
    await response.text();
    expect(texts()).toEqual(['q5', 'q6', 'last']);
    service.simulator.reset();
    service.simulator.behave({ status: 400, error });
    await expect(
      client.responses.create({ model, conversation: id, input: 'last' }),
    ).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
    expect(service.simulator.totalCalls).toBe(2);
  });

  it('is a clear 400 when the last message is too long by itself', async () => {
    await expect(
      client.responses.create({ model, input: 'x'.repeat(100_000) }),
    ).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'input' });
    expect(service.simulator.totalCalls).toBe(0);
  });
});

describe('the same by the other API', () => {
  it.each([
    ['createTurbo', 'Be kind.'],
    ['create', 'A transcript.'],
  ])('for %s', async (path, prompt) => {
    const { caller } = service;
    const { text: id } = await caller.post(path, prompt);
    for (let turn = 0; turn < 8; turn += 1) await caller.chat(id, long(`question ${turn}`));
    const { status, headers } = await caller.chat(id, 'last');
    expect(status).toBe(200);
    const left = Number(headers.get(trimmed));
    expect(left).toBeGreaterThan(0);
    const sent = texts().join('\n');
    expect(sent).toContain(prompt);
    expect(sent).toContain(`question ${left}`);
    expect(sent).not.toContain(`question ${left - 1} `);
    expect(sent).toContain('last');
    expect(await caller.sentences(id)).toHaveLength(18);
    const regenerated = await caller.post('regenerate', '', { conversation: id });
    expect(regenerated.headers.get(trimmed)).toBe(String(left));
    const { headers: short } = await caller.chat(await caller.create(), 'hello');
    expect(short.get(trimmed)).toBeNull();
  });

  it('is a clear 400 when the question is too long by itself', async () => {
    const id = await service.caller.create();
    const answer = await service.caller.chat(id, 'x'.repeat(100_000));
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.text).toMatch(/too long/);
    expect(await service.caller.sentences(id)).toEqual([]);
  });
});
