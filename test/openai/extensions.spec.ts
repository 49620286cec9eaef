import type OpenAI from 'openai';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { token } from '../support/service.js';
import { StatementLog } from '../support/statement-log.js';
import { isOnPostgres } from '../support/test-database.js';
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

interface ListPage {
  data: { id: string; metadata: Record<string, string>; created_at: number }[];
  first_id: string;
  last_id: string;
  has_more: boolean;
}

function list(query: Record<string, string | number> = {}, by = client): Promise<ListPage> {
  return by.get('/conversations', { query });
}

function act<Answer>(id: string, action: string, body: object = {}): Promise<Answer> {
  return client.post(`/conversations/${id}/${action}`, { body });
}

async function textsOf(id: string): Promise<string[]> {
  const items = await collect(client.conversations.items.list(id, { order: 'asc' }));
  return items.map((item) =>
    item.type === 'message'
      ? item.content.map((part) => ('text' in part ? part.text : '')).join()
      : item.type,
  );
}

describe('GET /v1/conversations', () => {
  const ids: string[] = [];
  beforeAll(async () => {
    await start({ V1_LIST: 'true' });
    for (let index = 0; index < 7; index += 1) {
      const metadata = {
        parity: index % 2 === 0 ? 'even' : 'odd',
        text: `"parity":"x" %_${index}`,
      };
      ids.push((await client.conversations.create({ metadata })).id);
      if (index % 3 === 0) service.clock.advance(1_500);
    }
  });
  afterAll(() => service.close());

  it('pages through all, in either order, whatever the size', async () => {
    const whole = (await list({ limit: 100, order: 'asc' })).data.map(({ id }) => id);
    expect([...whole].sort()).toEqual([...ids].sort());
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom('asc', 'desc'),
        async (limit, order) => {
          const found: string[] = [];
          let query: Record<string, string | number> = { limit, order };
          for (;;) {
            const page = await list(query);
            found.push(...page.data.map(({ id }) => id));
            if (!page.has_more) break;
            query = { limit, order, after: page.last_id };
          }
          expect(found).toEqual(order === 'asc' ? whole : whole.toReversed());
        },
      ),
      { numRuns: 12 },
    );
  });

  it('filters by metadata and by time', async () => {
    const { data } = await list({ 'metadata[parity]': 'odd' });
    expect(data.map(({ id }) => id).sort()).toEqual([ids[1]!, ids[3]!, ids[5]!].sort());
    expect((await list({ 'metadata[parity]': 'Odd' })).data).toEqual([]);
    expect((await list({ 'metadata[parity]': 'x' })).data).toEqual([]);
    expect((await list({ 'metadata[arity]': 'odd' })).data).toEqual([]);
    const one = await list({ 'metadata[parity]': 'even', 'metadata[text]': '"parity":"x" %_2' });
    expect(one.data.map(({ id }) => id)).toEqual([ids[2]]);
    const all = (await list({ limit: 100 })).data;
    const middle = all[3]!.created_at;
    const after = await list({ created_after: middle, limit: 100 });
    expect(after.data).toEqual(all.filter((it) => it.created_at > middle));
    const before = await list({ created_before: middle, limit: 100 });
    expect(before.data).toEqual(all.filter((it) => it.created_at < middle));
  });

  it('takes 16 pairs of metadata and refuses more', async () => {
    const pairs = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`metadata[k${index}]`, 'v'] as const),
      );
    expect((await list(pairs(16))).data).toEqual([]);
    for (const count of [17, 500]) {
      await expect(list(pairs(count))).rejects.toMatchObject({ status: 400, param: 'metadata' });
    }
  });

  it('refuses odd queries', async () => {
    for (const query of [{ limit: 0 }, { after: 'conv_none' }, { created_after: 'today' }]) {
      await expect(list(query)).rejects.toMatchObject({
        status: 400,
        param: Object.keys(query)[0],
      });
    }
  });
});

describe('a list of which little has the metadata asked for', () => {
  const stored = 2_600;
  const rare = [0, 998, 999, 1_000, 1_001, 2_599];
  const idOf = (index: number) => `conv_${String(index).padStart(22, '0')}`;
  beforeAll(async () => {
    await start({ V1_LIST: 'true' });
    await service.app.get(DataSource).query(
      `INSERT INTO conversations (id, kind, prompt, settings, stream, metadata, version, created_at)
       WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${stored - 1})
       SELECT 'conv_' || substr('0000000000000000000000' || i, length('' || i) + 1), 'turbo', '', '',
         ${isOnPostgres ? 'false' : '0'},
         CASE WHEN i IN (${rare.join(', ')}) THEN '{"topic":"rare"}' ELSE '{"topic":"usual"}' END,
         0, 1000 * (i / 3) FROM n`,
    );
  });
  afterAll(() => service.close());

  it.each(['asc', 'desc'])('has all of them, page by page (%s)', async (order) => {
    const expected = order === 'asc' ? rare : rare.toReversed();
    for (const limit of [1, 2, 5, 6, 100]) {
      const found: string[] = [];
      let query: Record<string, string | number> = { limit, order, 'metadata[topic]': 'rare' };
      for (;;) {
        const page = await list(query);
        found.push(...page.data.map(({ id }) => id));
        if (!page.has_more) break;
        query = { ...query, after: page.last_id };
      }
      expect(found).toEqual(expected.map(idOf));
    }
  });

  it('is looked through a thousand at once, however few are found', async () => {
    const statements = new StatementLog(service);
    try {
      expect(await list({ 'metadata[topic]': 'none' })).toMatchObject({
        data: [],
        has_more: false,
      });
      const looked = statements.take().filter((sql) => sql.includes('AS looked'));
      expect(looked).toHaveLength(3);
      for (const sql of looked) expect(sql).toMatch(/LIMIT 1000\) AS looked/);
    } finally {
      statements.close();
    }
  });
});

describe('who may list', () => {
  const admin = 'admin-token-of-some-length';
  afterEach(() => service.close());

  it.each([
    [{}, token, 403],
    [{}, 'wrong', 401],
    [{ V1_LIST: 'true' }, token, 200],
    [{ V1_LIST: 'true' }, 'wrong', 401],
    [{ V1_LIST: 'true', AUTH_MODE: 'none' }, token, 403],
    [{ ADMIN_TOKEN: admin }, admin, 200],
    [{ ADMIN_TOKEN: admin }, token, 403],
    [{ ADMIN_TOKEN: admin, AUTH_MODE: 'normal' }, admin, 200],
  ])('%j with %s: %i', async (variables, apiKey, status) => {
    await start(variables);
    const answer = await fetch(`${service.url}/v1/conversations`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    expect(answer.status).toBe(status);
    await answer.text();
  });
});

describe('fork, regenerate and rollback', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('a fork goes its own way', async () => {
    const { id } = await client.conversations.create({ metadata: { a: 'b' } });
    const first = await client.responses.create({ model, input: 'one', conversation: id });
    await client.responses.create({ model, input: 'two', conversation: id });
    const whole = await act<{ id: string }>(id, 'fork');
    expect(whole).toMatchObject({ object: 'conversation', metadata: { a: 'b' } });
    const upTo = first.output[0]!.id;
    const part = await act<{ id: string }>(id, 'fork', { up_to: upTo });
    await client.responses.create({ model, input: 'three', conversation: part.id });
    expect(await textsOf(whole.id)).toEqual(['one', 'You said: one', 'two', 'You said: two']);
    expect(await textsOf(part.id)).toEqual(['one', 'You said: one', 'three', 'You said: three']);
    expect(await textsOf(id)).toHaveLength(4);
    await expect(act(id, 'fork', { up_to: 'msg_none' })).rejects.toMatchObject({ status: 404 });
    await expect(act('conv_none', 'fork')).rejects.toMatchObject({ status: 404 });
  });

  it('a fork of another API\u2019s conversation keeps its kind', async () => {
    const { text: id } = await service.caller.post('create', 'A transcript.');
    await service.caller.chat(id, 'one');
    const fork = await act<{ id: string }>(id, 'fork');
    await service.caller.chat(fork.id, 'two');
    expect(service.simulator.calls.at(-1)?.body['messages']).toMatchObject([
      { content: 'A transcript.\n\nHuman: one\nAI: You said: one\nHuman: two\nAI: ' },
    ]);
  });

  it.each([false, true])('the last question is answered again (stream: %s)', async (stream) => {
    const { id } = await client.conversations.create();
    await client.responses.create({ model, input: 'one', conversation: id });
    const old = await client.responses.create({
      model,
      input: [
        { role: 'developer', content: 'Now shout.' },
        { role: 'user', content: 'two' },
      ],
      conversation: id,
      instructions: 'Be brief.',
    });
    service.simulator.reset();
    service.simulator.behave({ answer: 'TWO' });
    const path = `/conversations/${id}/regenerate`;
    const body = { model: 'gpt-6-sol', stream };
    const answer = await client.post(path, { body }).asResponse();
    const answered = await answer.text();
    expect(answered).toContain('TWO');
    if (stream) expect(answered).toMatch(/^event: response.created\n/);
    expect(service.simulator.calls[0]?.body).toMatchObject({
      model: 'gpt-6-sol',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { content: 'one' },
        {},
        { role: 'developer', content: 'Now shout.' },
        { role: 'user', content: 'two' },
      ],
    });
    expect(await textsOf(id)).toEqual(['one', 'You said: one', 'Now shout.', 'two', 'TWO']);
    expect((await client.responses.retrieve(old.id)).output_text).toBe('You said: two');
    service.simulator.reset();
    service.simulator.behave({ status: 400, error: { message: 'No.' } });
    await expect(act(id, 'regenerate')).rejects.toMatchObject({ status: 400 });
    expect(await textsOf(id)).toHaveLength(5);
  });

  it('what else the response was asked with is asked again, unless the call says otherwise', async () => {
    const { id } = await client.conversations.create({
      items: [
        { role: 'user', content: 'word '.repeat(200) },
        { role: 'assistant', content: 'Yes.' },
      ],
    });
    const management = [{ type: 'compaction', compact_threshold: 100 }];
    const tier = { user: 'someone', service_tier: 'flex' as const };
    await client.responses.create({
      ...{ model, input: 'one', conversation: id, context_management: management, ...tier },
    });
    service.simulator.reset();
    await act(id, 'regenerate');
    // What is too long by the rule of the first call is summed up first.
    const [summary, answer] = service.simulator.calls.map(({ body }) => body);
    expect(JSON.stringify(summary)).toContain('user: word');
    expect(answer).toMatchObject(tier);
    await act(id, 'regenerate', { service_tier: 'auto' });
    expect(service.simulator.calls.at(-1)?.body).toMatchObject({
      ...{ ...tier, service_tier: 'auto' },
    });
    await expect(act(id, 'regenerate', { service_tier: 5 })).rejects.toMatchObject({
      ...{ status: 400, param: 'service_tier' },
    });
    await expect(act(id, 'regenerate', { temperature: 1 })).rejects.toMatchObject({ status: 400 });
  });

  it('a new answer can be built on', async () => {
    const { id } = await client.conversations.create();
    await client.responses.create({ model, input: 'one', conversation: id });
    service.simulator.behave({ answer: 'ONE', times: 1 });
    const fresh = await act<{ id: string }>(id, 'regenerate');
    await client.responses.create({ model, input: 'two', previous_response_id: fresh.id });
    expect(service.simulator.calls.at(-1)?.body['messages']).toMatchObject([
      { content: 'one' },
      { content: 'ONE' },
      { content: 'two' },
    ]);
  });

  it('a rollback takes the last turn', async () => {
    const { id } = await client.conversations.create();
    for (const input of ['one', 'two']) {
      await client.responses.create({ model, input, conversation: id });
    }
    expect(await act(id, 'rollback')).toMatchObject({ id, object: 'conversation' });
    expect(await textsOf(id)).toEqual(['one', 'You said: one']);
    await act(id, 'rollback');
    for (const action of ['rollback', 'regenerate']) {
      await expect(act(id, action)).rejects.toMatchObject({
        status: 400,
        code: 'conversation_empty',
      });
    }
  });
});
