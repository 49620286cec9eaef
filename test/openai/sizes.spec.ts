import type OpenAI from 'openai';
import { DataSource } from 'typeorm';
import { itemRows, type StoredRow } from '../support/database-file.js';
import { StatementLog } from '../support/statement-log.js';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

let service: OpenAiService;
let client: OpenAI;

const model = 'gpt-6-luna';
const empty = { role: 'user' as const, content: '' };
const some = (count: number) => Array.from({ length: count }, () => empty);
const tooLong = { status: 400, code: 'too_long', param: 'input' };

async function start(variables: Record<string, string> = {}): Promise<void> {
  service = await startOpenAiService(variables);
  ({ client } = service);
}

/** A conversation with items that nobody could have added, as an earlier version might have kept. */
async function conversationOf(items: number, contentBytes = 2): Promise<string> {
  const { id } = await client.conversations.create();
  await service.app.get(DataSource).query(
    `INSERT INTO items (id, conversation_id, turn, position, kind, role, content, created_at)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${items})
     SELECT 'msg_' || i, '${id}', (i + 1) / 2, i, 'message', 'user',
       '"${'x'.repeat(contentBytes - 2)}"', 1 FROM n`,
  );
  return id;
}

/** What a copy has in common with its source. */
function withoutOwn(row: StoredRow): StoredRow {
  const own = ['id', 'conversation_id', 'created_at'];
  return Object.fromEntries(Object.entries(row).filter(([column]) => !own.includes(column)));
}

function fork(id: string, body: object = {}): Promise<{ id: string }> {
  return client.post(`/conversations/${id}/fork`, { body });
}

describe('MAX_CONVERSATION_BYTES', () => {
  beforeAll(() => start({ MAX_CONVERSATION_BYTES: '4000', V1_MAX_BODY_BYTES: '4000' }));
  afterAll(() => service.close());
  afterEach(() => {
    service.expectNoFaults();
    service.simulator.reset();
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['items', (id) => client.conversations.items.create(id, { items: some(10) })],
    [
      'a response',
      (conversation) => client.responses.create({ model, conversation, input: some(10) }),
    ],
    [
      'a response in the background',
      (conversation) =>
        client.responses.create({ model, conversation, input: some(10), background: true }),
    ],
    [
      'the output of a function',
      (conversation) =>
        client.responses.create({
          model,
          conversation,
          input: [
            { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
            { type: 'function_call_output', call_id: 'c', output: 'x'.repeat(800) },
          ],
        }),
    ],
    [
      'what a function is called with',
      (id) =>
        client.conversations.items.create(id, {
          items: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: 'x'.repeat(1_000) }],
        }),
    ],
    [
      'a summary of reasoning',
      (id) =>
        client.conversations.items.create(id, {
          items: [
            {
              type: 'reasoning',
              id: 'r',
              summary: [{ type: 'summary_text', text: 'x'.repeat(1_000) }],
            },
          ],
        }),
    ],
  ])('counts all that is kept, with %s', async (_title, add) => {
    const { id } = await client.conversations.create({ items: some(15) });
    await client.conversations.items.create(id, { items: some(15) });
    const before = itemRows(service, id);
    await expect(add(id)).rejects.toMatchObject(tooLong);
    expect(itemRows(service, id)).toEqual(before);
    expect(service.simulator.totalCalls).toBe(0);
  });

  it('counts the items that a conversation is created with', async () => {
    const items = some(20).map((item) => ({ ...item, content: 'x'.repeat(99) }));
    await expect(client.conversations.create({ items })).rejects.toMatchObject(tooLong);
  });

  it('counts a question and what is kept for it at the other API', async () => {
    const { id } = await client.conversations.create({ items: some(19) });
    await client.conversations.items.create(id, { items: some(19) });
    const answer = await service.caller.chat(id, 'x'.repeat(30));
    expect(answer).toMatchObject({ status: 400, text: 'Conversation is too long' });
    expect(service.simulator.totalCalls).toBe(0);
  });

  it('counts the answer with the next question', async () => {
    const { id } = await client.conversations.create();
    service.simulator.behave({ answer: 'x'.repeat(4_000), times: 1 });
    await client.responses.create({ model, conversation: id, input: 'one' });
    await expect(
      client.responses.create({ model, conversation: id, input: 'two' }),
    ).rejects.toMatchObject(tooLong);
  });

  it('counts responses that build on each other', async () => {
    const first = await client.responses.create({ model, input: some(30) });
    await expect(
      client.responses.create({ model, input: some(10), previous_response_id: first.id }),
    ).rejects.toMatchObject(tooLong);
  });

  it('counts what responses that build on each other repeat', async () => {
    const instructions = 'x'.repeat(3_500);
    let previous = await client.responses.create({ model, input: '1', instructions });
    for (let turn = 2; turn <= 4; turn += 1) {
      previous = await client.responses.create({
        model,
        input: `${turn}`,
        instructions,
        previous_response_id: previous.id,
      });
    }
    await expect(
      client.responses.create({ model, input: '5', previous_response_id: previous.id }),
    ).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_too_long',
      param: 'previous_response_id',
    });
    expect(await client.responses.retrieve(previous.id)).toMatchObject({ status: 'completed' });
    await client.responses.delete(previous.id);
  });

  it('leaves what is over it readable, and lets it be shortened and deleted', async () => {
    const id = await conversationOf(60);
    for (const refused of [
      () => fork(id),
      () => client.post(`/conversations/${id}/regenerate`, { body: {} }),
      () => client.responses.create({ model, conversation: id, input: 'x' }),
    ]) {
      await expect(refused()).rejects.toMatchObject(tooLong);
    }
    expect(await collect(client.conversations.items.list(id))).toHaveLength(60);
    expect(await service.caller.sentences(id)).toHaveLength(60);
    for (const path of ['chat', 'regenerate']) {
      const answer = await service.caller.post(path, 'Q', { conversation: id });
      expect(answer).toMatchObject({ status: 400, text: 'Conversation is too long' });
    }
    await fork(id, { up_to: 'msg_30' });
    await client.post(`/conversations/${id}/rollback`, { body: {} });
    expect(itemRows(service, id)).toHaveLength(58);
    await client.conversations.delete(id);
    expect(itemRows(service, id)).toEqual([]);
  });
});

describe('without a setting', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('a conversation has at most 10,000 items', async () => {
    const id = await conversationOf(9_999);
    await client.conversations.items.create(id, { items: some(1) });
    const message = expect.stringContaining('10000 items') as string;
    for (const refused of [
      () => client.conversations.items.create(id, { items: some(1) }),
      () => client.responses.create({ model, conversation: id, input: 'x' }),
    ]) {
      await expect(refused()).rejects.toMatchObject({ ...tooLong, message });
    }
    const answer = await service.caller.chat(id, 'Q');
    expect(answer).toMatchObject({ status: 400, text: message });
    expect(itemRows(service, id)).toHaveLength(10_000);
    expect(service.simulator.totalCalls).toBe(0);
  });

  it('whatever OpenAI takes in one call is passed on', async () => {
    const tokens = Array.from({ length: 146 }, (_, index) => (index * 7_919) % 100_000);
    const input = Array.from({ length: 2_048 }, () => tokens);
    await client.embeddings.create({ model, input });
    expect(service.simulator.calls.at(-1)?.body['input']).toEqual(input);
    const called = Array.from({ length: 1_024 }, (_, index) => {
      const id = `call_${index}`;
      const call = { id, type: 'function' as const, function: { name: 'f', arguments: '{}' } };
      return [
        { role: 'assistant' as const, content: null, tool_calls: [call] },
        { role: 'tool' as const, tool_call_id: id, content: 'x' },
      ];
    });
    await client.chat.completions.create({ model, messages: called.flat() });
    expect(service.simulator.calls.at(-1)?.body['messages']).toEqual(called.flat());
    const said = Array.from({ length: 2_048 }, (_, index) => ({
      type: 'message' as const,
      id: `msg_${index}`,
      status: 'completed' as const,
      role: 'assistant' as const,
      content: [{ type: 'output_text' as const, text: 'x', annotations: [], logprobs: [] }],
    }));
    await client.responses.create({ model, input: said, store: false });
    expect(service.simulator.calls.at(-1)?.body['messages']).toHaveLength(2_048);
  });

  it('responses build on each other up to 1,000', async () => {
    const first = await client.responses.create({ model, input: 'hello' });
    await service.app.get(DataSource).query(
      `INSERT INTO responses (id, previous_response_id, status, body, input, created_at)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
       SELECT 'resp_' || i, CASE i WHEN 1 THEN '${first.id}' ELSE 'resp_' || (i - 1) END,
         status, body, input, created_at FROM n, responses WHERE id = '${first.id}'`,
    );
    await client.responses.create({ model, input: 'more', previous_response_id: 'resp_998' });
    const { messages } = service.simulator.calls.at(-1)!.body as { messages: object[] };
    expect(messages).toHaveLength(2 * 999 + 1);
    const calls = service.simulator.totalCalls;
    await expect(
      client.responses.create({ model, input: 'more', previous_response_id: 'resp_999' }),
    ).rejects.toMatchObject({ status: 400, code: 'previous_response_too_long' });
    expect(service.simulator.totalCalls).toBe(calls);
    service.simulator.reset();
  });

  it.each<[string, object, string]>([
    [
      'a long call_id',
      { type: 'function_call', call_id: 'c'.repeat(257), name: 'f', arguments: '' },
      'call_id',
    ],
    [
      'a long name',
      { type: 'function_call', call_id: 'c', name: 'f'.repeat(257), arguments: '' },
      'name',
    ],
    [
      'a long call_id of an output',
      { type: 'function_call_output', call_id: 'c'.repeat(257), output: '' },
      'call_id',
    ],
    ['a long reference', { type: 'item_reference', id: 'i'.repeat(257) }, 'id'],
  ])('%s is refused', async (_title, item, field) => {
    const { id } = await client.conversations.create();
    await expect(
      client.post(`/conversations/${id}/items`, { body: { items: [item] } }),
    ).rejects.toMatchObject({ status: 400, code: 'invalid_value', param: `items[0].${field}` });
    await expect(
      client.post('/responses', { body: { model, input: [item] } }),
    ).rejects.toMatchObject({ status: 400, code: 'invalid_value', param: `input[0].${field}` });
  });

  it.each<[string, object]>([
    ['input', { input: some(2_049) }],
    ['previous_response_id', { input: 'x', previous_response_id: 'r'.repeat(257) }],
    ['conversation', { input: 'x', conversation: 'c'.repeat(257) }],
    ['conversation.id', { input: 'x', conversation: { id: 'c'.repeat(257) } }],
    ['model', { input: 'x', model: 'm'.repeat(257) }],
  ])('a response with too much in %s is refused', async (param, body) => {
    await expect(client.post('/responses', { body: { model, ...body } })).rejects.toMatchObject({
      status: 400,
      code: 'invalid_value',
      param,
    });
    expect(service.simulator.totalCalls).toBe(0);
  });

  it('a fork is a copy that the database makes, with items under ids of their own', async () => {
    const { id } = await client.conversations.create({
      metadata: { topic: 'sky' },
      items: [
        empty,
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c', output: 'o' },
        { type: 'reasoning', id: 'r', summary: [] },
      ],
    });
    await client.responses.create({ model, conversation: id, input: 'hello' });
    for (let more = 0; more < 15; more += 1) {
      await client.conversations.items.create(id, { items: some(20) });
    }
    const statements = new StatementLog(service);
    const made = await fork(id);
    const ran = statements.take();
    statements.close();
    expect(made).toMatchObject({ metadata: { topic: 'sky' } });
    const [source, copy] = [itemRows(service, id), itemRows(service, made.id)];
    expect(copy.map(withoutOwn)).toEqual(source.map(withoutOwn));
    const ids = [...source, ...copy].map((row) => row['id']);
    expect(new Set(ids).size).toBe(2 * source.length);
    for (const [index, { id: item }] of copy.entries()) {
      const [prefix] = String(source[index]?.['id']).split('_');
      expect(item).toMatch(new RegExp(`^${prefix}_[0-9A-Za-z]{22,}$`));
    }
    expect(ran.filter((sql) => sql.includes('INSERT INTO items'))).toHaveLength(1);
    expect(ran.filter((sql) => /SELECT[^;]*\bcontent\b(?!\))/.test(sql))).toHaveLength(1);
  });
});
