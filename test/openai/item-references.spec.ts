import type OpenAI from 'openai';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

const model = 'gpt-6-luna';
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

const reference = (id: string | null | undefined) => ({
  type: 'item_reference' as const,
  id: id ?? '',
});
const user = (content: string) => ({ role: 'user' as const, content });

/** What the upstream was told last. */
function told(): unknown {
  return service.simulator.calls.at(-1)!.body['messages'];
}

describe('a reference to an item', () => {
  it('stands for an earlier answer, as clients send a chat that is stored', async () => {
    const first = await client.responses.create({ model, input: [user('one')] });
    const answer = first.output[0]?.id;
    const second = await client.responses.create({
      model,
      input: [user('one'), reference(answer), user('two')],
    });
    expect(told()).toEqual([
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'You said: one' },
      { role: 'user', content: 'two' },
    ]);
    await client.responses.create({
      model,
      input: [
        ...[user('one'), reference(answer)],
        ...[user('two'), reference(second.output[0]?.id), user('three')],
      ],
    });
    expect(told()).toHaveLength(5);
  });

  it('stands for a call, which its output answers', async () => {
    service.simulator.behave({
      answer: 'Let me see.',
      toolCalls: [{ id: 'call_1', name: 'f', arguments: '{"a":1}' }],
      times: 1,
    });
    const tools = [{ type: 'function' as const, name: 'f', parameters: {}, strict: false }];
    const { output } = await client.responses.create({ model, input: [user('go')], tools });
    expect(output.map(({ type }) => type)).toEqual(['message', 'function_call']);
    const references = output.map(({ id }) => reference(id));
    const result = { type: 'function_call_output' as const, call_id: 'call_1', output: 'ok' };
    await client.responses.create({ model, input: [user('go'), ...references, result], tools });
    expect(told()).toEqual([
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'ok' },
    ]);
  });

  it('stands for what was asked, and is found from a conversation and beside another response', async () => {
    const first = await client.responses.create({ model, input: [user('one')] });
    const [question] = await collect(client.responses.inputItems.list(first.id));
    const { id: conversation } = await client.conversations.create();
    await client.responses.create({ model, conversation, input: [reference(question?.id)] });
    expect(told()).toEqual([{ role: 'user', content: 'one' }]);
    const other = await client.responses.create({ model, input: 'other' });
    await client.responses.create({
      model,
      previous_response_id: other.id,
      input: [reference(question?.id)],
    });
    expect(told()).toEqual([
      { role: 'user', content: 'other' },
      { role: 'assistant', content: 'You said: other' },
      { role: 'user', content: 'one' },
    ]);
  });

  it('stands for what stands in a conversation alone, however it came there', async () => {
    const { id } = await client.conversations.create({ items: [user('zero')] });
    await client.conversations.items.create(id, { items: [user('one')] });
    await client.responses.create({ model, conversation: id, input: 'two', store: false });
    const { id: deleted } = await client.responses.create({
      ...{ model, conversation: id, input: 'three' },
    });
    await client.responses.delete(deleted);
    await service.caller.chat(id, 'four');
    const background = await client.responses.create({
      ...{ model, conversation: id, input: 'five', background: true, stream: true },
    });
    const events = await collect(background);
    const [begun] = events as OpenAI.Responses.ResponseCreatedEvent[];
    await client.responses.delete(begun!.response.id);
    await client.post(`/conversations/${id}/regenerate`, { body: {} });
    const { id: fork } = await client.post<{ id: string }>(`/conversations/${id}/fork`);
    for (const conversation of [id, fork]) {
      const items = await collect(client.conversations.items.list(conversation, { order: 'asc' }));
      expect(items).toHaveLength(10);
      await client.responses.create({
        ...{ model, input: [...items.map((item) => reference(item.id)), user('last')] },
      });
      const said = (told() as { content: string }[]).map(({ content }) => content);
      expect(said).toEqual([
        ...['zero', 'one', 'two', 'You said: two', 'three', 'You said: three'],
        ...['four', 'You said: four', 'five', 'You said: five', 'last'],
      ]);
    }
  });

  it('is refused where the items stand in more conversations than are looked through', async () => {
    const references = [];
    for (let index = 0; index < 17; index += 1) {
      const { id } = await client.conversations.create({ items: [user(`item ${index}`)] });
      const [item] = await collect(client.conversations.items.list(id));
      references.push(reference(item?.id));
    }
    await client.responses.create({ model, input: references.slice(1) });
    expect(told()).toHaveLength(16);
    await expect(client.responses.create({ model, input: references })).rejects.toMatchObject({
      ...{ status: 400, param: 'input', code: 'invalid_value' },
      message: '400 The items that are referred to stand in more than 16 conversations',
    });
  });

  it('counts', async () => {
    const { output } = await client.responses.create({ model, input: 'x'.repeat(4_000) });
    const { input_tokens: tokens } = await client.responses.inputTokens.count({
      model,
      input: [reference(output[0]?.id)],
    });
    expect(tokens).toBeGreaterThan(50);
  });

  it('is found where it was streamed or went on in the background', async () => {
    const events = await collect(
      await client.responses.create({ model, input: 'a', stream: true }),
    );
    const last = events.at(-1) as OpenAI.Responses.ResponseCompletedEvent;
    const background = await collect(
      await client.responses.create({ model, input: 'b', stream: true, background: true }),
    );
    const other = background.at(-1) as OpenAI.Responses.ResponseCompletedEvent;
    await client.responses.create({
      model,
      input: [reference(last.response.output[0]?.id), reference(other.response.output[0]?.id)],
    });
    expect(told()).toEqual([
      { role: 'assistant', content: 'You said: a' },
      { role: 'assistant', content: 'You said: b' },
    ]);
  });

  it.each<[string, () => Promise<string>]>([
    ['is unknown', () => Promise.resolve('msg_none')],
    [
      'begins as a stored one does',
      async () => {
        const { output } = await client.responses.create({ model, input: 'x' });
        return `${output[0]?.id?.slice(0, -8) ?? ''}00000000`;
      },
    ],
    [
      'was deleted with its response',
      async () => {
        const { id, output } = await client.responses.create({ model, input: 'x' });
        await client.responses.delete(id);
        return output[0]?.id ?? '';
      },
    ],
    [
      'was deleted with its conversation',
      async () => {
        const { id } = await client.conversations.create({ items: [user('x')] });
        const [item] = await collect(client.conversations.items.list(id));
        await client.conversations.delete(id);
        return item?.id ?? '';
      },
    ],
    [
      'was deleted from its conversation',
      async () => {
        const { id } = await client.conversations.create({ items: [user('x'), user('y')] });
        const [item] = await collect(client.conversations.items.list(id));
        await client.conversations.items.delete(item?.id ?? '', { conversation_id: id });
        return item?.id ?? '';
      },
    ],
    [
      'was not stored',
      async () => {
        const { output } = await client.responses.create({ model, input: 'x', store: false });
        return output[0]?.id ?? '';
      },
    ],
  ])('is refused where the item %s', async (_title, find) => {
    const id = await find();
    service.simulator.reset();
    await expect(
      client.responses.create({ model, input: [user('x'), reference(id)] }),
    ).rejects.toMatchObject({
      status: 400,
      param: 'input[1].id',
      code: 'invalid_value',
      message: `400 Item with id '${id}' not found.`,
    });
    expect(service.simulator.totalCalls).toBe(0);
  });
});
