import fc from 'fast-check';
import OpenAI from 'openai';
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

const text = (content: string) => ({ role: 'user' as const, content });

/** A conversation with so many messages, and their ids in order. */
async function conversationOf(count: number): Promise<{ id: string; items: string[] }> {
  const { id } = await client.conversations.create();
  const items: string[] = [];
  for (let start = 0; start < count; start += 20) {
    const some = Array.from({ length: Math.min(20, count - start) }, (_, index) =>
      text(`message ${start + index}`),
    );
    const { data } = await client.conversations.items.create(id, { items: some });
    items.push(...data.map(({ id: item }) => item ?? ''));
  }
  return { id, items };
}

describe.each(['simple', 'normal'])('conversations with AUTH_MODE=%s', (mode) => {
  beforeAll(() => start({ AUTH_MODE: mode }));
  afterAll(() => service.close());

  it('are created, retrieved, updated and deleted', async () => {
    const created = await client.conversations.create({
      metadata: { topic: 'sky' },
      items: [text('hello'), { role: 'assistant', content: 'hi' }],
    });
    expect(created).toMatchObject({ object: 'conversation', metadata: { topic: 'sky' } });
    expect(created.id).toMatch(/^conv_\w{22}$/);
    expect(await client.conversations.retrieve(created.id)).toEqual(created);
    const updated = await client.conversations.update(created.id, { metadata: { topic: 'sea' } });
    expect(updated).toEqual({ ...created, metadata: { topic: 'sea' } });
    expect(await client.conversations.delete(created.id)).toEqual({
      id: created.id,
      object: 'conversation.deleted',
      deleted: true,
    });
    await expect(client.conversations.retrieve(created.id)).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
  });

  it('have items of every kind', async () => {
    const { id } = await client.conversations.create();
    const { data, first_id, last_id, has_more } = await client.conversations.items.create(id, {
      items: [
        { role: 'developer', content: 'Be brief.' },
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is this?' },
            { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'low' },
          ],
        },
        { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'a cat' },
        { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }] },
        { role: 'assistant', content: 'A cat.' },
      ],
    });
    expect(data.map(({ type }) => type)).toEqual([
      'message',
      'message',
      'function_call',
      'function_call_output',
      'reasoning',
      'message',
    ]);
    expect([first_id, last_id, has_more]).toEqual([data[0]?.id, data[5]?.id, false]);
    expect(data[1]).toMatchObject({
      content: [{ type: 'input_text' }, { type: 'input_image', detail: 'low' }],
    });
    for (const item of data) {
      const itemId = item.id ?? '';
      expect(await client.conversations.items.retrieve(itemId, { conversation_id: id })).toEqual(
        item,
      );
    }
  });

  it('lose one item, and answer with themselves', async () => {
    const { id, items } = await conversationOf(3);
    const conversation = await client.conversations.items.delete(items[1]!, {
      conversation_id: id,
    });
    expect(conversation).toMatchObject({ id, object: 'conversation' });
    const left = await collect(client.conversations.items.list(id, { order: 'asc' }));
    expect(left.map((item) => item.id)).toEqual([items[0], items[2]]);
    await expect(
      client.conversations.items.retrieve(items[1]!, { conversation_id: id }),
    ).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('can be told of items by reference', async () => {
    const { id, items } = await conversationOf(1);
    const { data } = await client.conversations.items.create(id, {
      items: [{ type: 'item_reference', id: items[0]! }],
    });
    expect(data).toMatchObject([{ content: [{ text: 'message 0' }] }]);
    expect(data[0]?.id).not.toBe(items[0]);
  });
});

describe('pages of items', () => {
  let conversation: { id: string; items: string[] };
  beforeAll(async () => {
    await start();
    conversation = await conversationOf(23);
  });
  afterAll(() => service.close());

  it('together are the whole list, in either order, whatever their size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom('asc' as const, 'desc' as const),
        fc.option(fc.integer({ min: 0, max: 22 }), { nil: undefined }),
        async (limit, order, start) => {
          const { id, items } = conversation;
          const expected = order === 'asc' ? items : items.toReversed();
          const list = client.conversations.items.list(id, {
            limit,
            order,
            ...(start === undefined ? {} : { after: expected[start]! }),
          });
          const ids = (await collect(list)).map((item) => item.id);
          expect(ids).toEqual(expected.slice(start === undefined ? 0 : start + 1));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('begin with the newest, 20 at once, unless said', async () => {
    const { data, has_more } = await client.conversations.items.list(conversation.id);
    expect(data.map(({ id }) => id)).toEqual(conversation.items.toReversed().slice(0, 20));
    expect(has_more).toBe(true);
  });

  it('of nothing are empty', async () => {
    const { id } = await client.conversations.create();
    const { data, has_more } = await client.conversations.items.list(id);
    expect([data, has_more]).toEqual([[], false]);
  });
});

describe('what conversations refuse', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it.each<[string, object, string, string]>([
    ['17 pairs', { metadata: pairs(17) }, 'metadata', 'invalid_value'],
    [
      'a long key',
      { metadata: { ['k'.repeat(65)]: '' } },
      `metadata.${'k'.repeat(64)}`,
      'invalid_value',
    ],
    ['a long value', { metadata: { k: 'v'.repeat(513) } }, 'metadata.k', 'invalid_value'],
    ['a number', { metadata: { k: 1 } }, 'metadata.k', 'invalid_type'],
    ['metadata that are a list', { metadata: [] }, 'metadata', 'invalid_type'],
    ['21 items', { items: Array(21).fill(text('x')) }, 'items', 'invalid_value'],
    ['an unknown field', { model: 'x' }, 'model', 'unknown_parameter'],
    [
      'an unknown role',
      { items: [{ role: 'tool', content: '' }] },
      'items[0].role',
      'invalid_value',
    ],
    ['no content', { items: [{ role: 'user' }] }, 'items[0].content', 'missing_required_parameter'],
    [
      'a file',
      { items: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
      'items[0].content[0].file_id',
      'unsupported_parameter',
    ],
    [
      'a reference to nothing',
      { items: [{ type: 'item_reference', id: 'msg_none' }] },
      'items[0].id',
      'invalid_value',
    ],
    [
      'an odd time',
      { metadata: { expires_after_seconds: '-1' } },
      'metadata.expires_after_seconds',
      'invalid_value',
    ],
  ])('%s, naming the field', async (_title, body, param, code) => {
    await expect(client.post('/conversations', { body })).rejects.toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      param,
      code,
    });
  });

  it.each([{ limit: 0 }, { limit: 101 }, { limit: 'x' }, { order: 'up' }, { after: 'msg_none' }])(
    'the page %j',
    async (query) => {
      const { id } = await client.conversations.create();
      await expect(client.get(`/conversations/${id}/items`, { query })).rejects.toMatchObject({
        status: 400,
        param: Object.keys(query)[0],
      });
    },
  );

  it('unknown ids, with 404', async () => {
    const { conversations } = client;
    const { id } = await conversations.create();
    for (const call of [
      () => conversations.retrieve('conv_none'),
      () => conversations.update('conv_none', { metadata: {} }),
      () => conversations.delete('conv_none'),
      () => conversations.items.list('conv_none'),
      () => conversations.items.create('conv_none', { items: [text('x')] }),
      () => conversations.items.retrieve('msg_none', { conversation_id: id }),
      () => conversations.items.delete('msg_none', { conversation_id: id }),
    ]) {
      await expect(call()).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    }
  });
});

describe('one state for both APIs', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('a conversation of the `/chatgpt` API is retrieved and listed here', async () => {
    const id = await service.caller.create('Be kind.');
    await service.caller.chat(id, 'hello');
    expect(await client.conversations.retrieve(id)).toMatchObject({ id, metadata: {} });
    const items = await collect(client.conversations.items.list(id, { order: 'asc' }));
    expect(items).toMatchObject([
      { role: 'user', status: 'completed', content: [{ type: 'input_text', text: 'hello' }] },
      { role: 'assistant', content: [{ type: 'output_text', text: 'You said: hello' }] },
    ]);
  });

  it('a conversation made here is chatted, read, shared, rolled back and finished there', async () => {
    const { id } = await client.conversations.create({
      items: [
        { role: 'system', content: 'Be kind.' },
        text('Weather?'),
        { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{}' },
        { type: 'function_call', call_id: 'call_2', name: 'lost', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
        { role: 'assistant', content: 'It is sunny.' },
      ],
    });
    expect(await service.caller.sentences(id)).toEqual(['Weather?', 'It is sunny.']);
    expect(await service.caller.chat(id, 'thanks')).toMatchObject({ text: 'You said: thanks' });
    expect(service.simulator.calls[0]?.body['messages']).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
      { role: 'assistant', content: 'It is sunny.' },
      { role: 'user', content: 'thanks' },
    ]);
    const headers = { conversation: id };
    service.simulator.behave({ answer: 'again' });
    expect(await service.caller.post('regenerate', '', headers)).toMatchObject({ text: 'again' });
    expect(await service.caller.sentences(id)).toEqual([
      'Weather?',
      'It is sunny.',
      'thanks',
      'again',
    ]);
    expect(await service.caller.post('store', '', headers)).toMatchObject({ status: 200 });
    expect(await service.caller.post('rollback', '', headers)).toMatchObject({ status: 200 });
    expect(await service.caller.sentences(id)).toEqual(['Weather?', 'It is sunny.']);
    expect(await service.caller.post('finish', '', headers)).toMatchObject({ status: 200 });
    await expect(client.conversations.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  it('is locked while a turn of the other API runs', async () => {
    const { id } = await client.conversations.create();
    service.simulator.behave({ holdBeforeAnswer: true });
    const chat = service.caller.chat(id, 'hello');
    await service.simulator.waitForCalls(1);
    const before = service.checked.sent;
    await expect(
      client.conversations.items.create(id, { items: [text('x')] }),
    ).rejects.toMatchObject({ status: 400, code: 'conversation_locked', param: 'conversation' });
    await expect(client.conversations.delete(id)).rejects.toMatchObject({
      code: 'conversation_locked',
    });
    expect(service.checked.sent).toBe(before + 2);
    service.simulator.release();
    expect(await chat).toMatchObject({ status: 200 });
  });
});

describe('expiry', () => {
  afterEach(() => service.close());
  const isThere = (id: string) =>
    client.conversations.retrieve(id).then(
      () => true,
      () => false,
    );

  it('comes after 30 idle days, unless said', async () => {
    await start();
    const dayMs = 86_400_000;
    const [one, other] = [await client.conversations.create(), await client.conversations.create()];
    service.clock.advance(29 * dayMs);
    await service.caller.chat(one.id, 'hello');
    service.clock.advance(2 * dayMs);
    expect([await isThere(one.id), await isThere(other.id)]).toEqual([true, false]);
  });

  it('does not happen with V1_CONVERSATION_TTL_SECONDS=0, unless asked for at the creation', async () => {
    await start({ V1_CONVERSATION_TTL_SECONDS: '0' });
    const remaining = await client.conversations.create();
    const short = await client.conversations.create({ metadata: { expires_after_seconds: '60' } });
    service.clock.advance(45_000);
    await service.caller.chat(short.id, 'hello');
    service.clock.advance(45_000);
    expect(await isThere(short.id)).toBe(true);
    service.clock.advance(15_001);
    expect(await isThere(short.id)).toBe(false);
    service.clock.advance(1_000_000_000);
    await service.caller.chat(remaining.id, 'hello');
    await service.caller.post('rollback', '', { conversation: remaining.id });
    service.clock.advance(1_000_000_000);
    expect(await isThere(remaining.id)).toBe(true);
  });

  it('goes by V1_CONVERSATION_TTL_SECONDS where the operator sets it', async () => {
    await start({ V1_CONVERSATION_TTL_SECONDS: '100' });
    const { id } = await client.conversations.create();
    const never = await client.conversations.create({ metadata: { expires_after_seconds: '0' } });
    service.clock.advance(101_000);
    expect([await isThere(id), await isThere(never.id)]).toEqual([false, true]);
  });
});

function pairs(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
}
