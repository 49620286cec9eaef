import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import OpenAI from 'openai';
import { toResponseInputItems } from 'openai/lib/responses/ResponseInputItems';
import {
  apiKey,
  asked,
  baseURL,
  behave,
  callTheTool,
  model,
  release,
  reset,
  told,
} from './alice.mjs';

beforeEach(reset);

const client = new OpenAI({ baseURL, apiKey });
const hello = { role: 'user', content: 'hello' };
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const weather = { type: 'function', name: 'weather', parameters, strict: true };

async function collect(pieces) {
  const all = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

/** What the model was told last, one line for each message. */
async function lines() {
  return (await told()).map(({ role, content }) => `${role}: ${content}`);
}

/** As the response is after its end, however long it takes. */
async function ended(id) {
  for (;;) {
    const response = await client.responses.retrieve(id);
    if (!['queued', 'in_progress'].includes(response.status)) return response;
  }
}

describe('openai 7', () => {
  it('lists models', async () => {
    const names = (await collect(client.models.list())).map(({ id }) => id);
    assert.ok(names.includes(model));
    assert.equal((await client.models.retrieve(model)).object, 'model');
  });

  it('completes chats, plain and streamed, with tools and as JSON', async () => {
    const chat = { model, messages: [hello] };
    const { choices, usage } = await client.chat.completions.create(chat);
    assert.equal(choices[0].message.content, 'You said: hello');
    assert.ok(usage.total_tokens > 0);
    const stream = client.chat.completions.stream(chat);
    assert.equal(await stream.finalContent(), 'You said: hello');
    const pieces = await collect(
      await client.chat.completions.create({
        ...chat,
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    assert.ok(pieces.at(-1).usage.prompt_tokens > 0);
    await callTheTool();
    const runner = client.chat.completions.runTools({
      ...chat,
      tools: [
        {
          type: 'function',
          function: { ...weather, parse: JSON.parse, function: ({ city }) => `sunny in ${city}` },
        },
      ],
    });
    assert.match(await runner.finalContent(), /You said/);
    assert.match(JSON.stringify(await told()), /sunny in Beijing/);
    await behave({ answer: '{"city":"Beijing"}', times: 1 });
    const format = { name: 'place', schema: parameters, strict: true };
    const parsed = await client.chat.completions.parse({
      ...chat,
      response_format: { type: 'json_schema', json_schema: format },
    });
    assert.match(parsed.choices[0].message.content, /Beijing/);
  });

  it('completes texts and embeds them', async () => {
    const plain = await client.completions.create({ model, prompt: 'hello' });
    assert.equal(plain.choices[0].text, 'You said: hello');
    const pieces = await collect(
      await client.completions.create({ model, prompt: 'hello', stream: true }),
    );
    assert.equal(pieces.map(({ choices }) => choices[0]?.text ?? '').join(''), 'You said: hello');
    const { data } = await client.embeddings.create({ model, input: ['a', 'b'] });
    assert.deepEqual(
      data.map(({ index, embedding }) => [index, Array.isArray(embedding)]),
      [
        [0, true],
        [1, true],
      ],
    );
  });

  it('gives responses, plain and streamed, that build on each other', async () => {
    const first = await client.responses.create({ model, input: 'one' });
    assert.equal(first.output_text, 'You said: one');
    const second = await client.responses
      .stream({ model, input: 'two', previous_response_id: first.id })
      .finalResponse();
    assert.equal(second.output_text, 'You said: two');
    assert.deepEqual(await lines(), ['user: one', 'assistant: You said: one', 'user: two']);
    const events = await collect(
      await client.responses.create({ model, input: 'three', stream: true }),
    );
    assert.equal(events[0].type, 'response.created');
    assert.equal(events.at(-1).type, 'response.completed');
    assert.deepEqual(
      events.map(({ sequence_number: number }) => number),
      events.map((_, index) => index),
    );
    const parsed = await client.responses.parse({ model, input: 'four' });
    assert.equal(parsed.output_text, 'You said: four');
    const { input_tokens: tokens } = await client.responses.inputTokens.count({
      model,
      input: 'x',
    });
    assert.ok(tokens > 0);
  });

  it('calls a tool and hands its own items back without having them stored', async () => {
    await callTheTool();
    const tools = [weather];
    const input = [{ role: 'user', content: 'Weather?' }];
    const first = await client.responses.create({ model, input, tools, store: false });
    const call = first.output.find(({ type }) => type === 'function_call');
    assert.equal(JSON.parse(call.arguments).city, 'Beijing');
    const result = { type: 'function_call_output', call_id: call.call_id, output: 'sunny' };
    const again = [...input, ...toResponseInputItems(first.output), result];
    const { status } = await client.responses.create({ model, input: again, tools, store: false });
    assert.equal(status, 'completed');
    assert.deepEqual((await told()).at(-1), {
      role: 'tool',
      tool_call_id: call.call_id,
      content: 'sunny',
    });
  });

  it('stores responses, lists what they were asked, and deletes them', async () => {
    const { id } = await client.responses.create({ model, input: 'hello', metadata: { a: 'b' } });
    const found = await client.responses.retrieve(id);
    assert.equal(found.output_text, 'You said: hello');
    assert.deepEqual(found.metadata, { a: 'b' });
    const [{ content }] = await collect(client.responses.inputItems.list(id));
    assert.equal(content[0].text, 'hello');
    await client.responses.delete(id);
    await assert.rejects(client.responses.retrieve(id), OpenAI.NotFoundError);
  });

  it('follows a response in the background, leaves it, and resumes behind its last event', async () => {
    await behave({ answer: ['You ', 'said: ', 'hello'], holdAfterPieces: 1, times: 1 });
    const stream = await client.responses.create({
      ...{ model, input: 'hello', background: true, stream: true },
    });
    const before = [];
    for await (const event of stream) {
      before.push(event);
      if (event.type === 'response.output_text.delta') break;
    }
    const { id } = before[0].response;
    const { sequence_number: last } = before.at(-1);
    await release();
    const rest = await collect(
      await client.responses.retrieve(id, { stream: true, starting_after: last }),
    );
    assert.equal(rest[0].sequence_number, last + 1);
    assert.equal(rest.at(-1).type, 'response.completed');
    const text = [...before, ...rest]
      .flatMap(({ type, delta }) => (type === 'response.output_text.delta' ? [delta] : []))
      .join('');
    assert.equal(text, 'You said: hello');
    assert.equal((await ended(id)).output_text, 'You said: hello');
  });

  it('gives responses in the background, and cancels them', async () => {
    const { id } = await client.responses.create({ model, input: 'hello', background: true });
    assert.equal((await ended(id)).output_text, 'You said: hello');
    await behave({ holdBeforeAnswer: true, times: 1 });
    const held = await client.responses.create({ model, input: 'hello', background: true });
    assert.equal((await client.responses.cancel(held.id)).status, 'cancelled');
    assert.equal((await ended(held.id)).status, 'cancelled');
  });

  it('keeps conversations and their items', async () => {
    const { id } = await client.conversations.create({ metadata: { a: 'b' }, items: [hello] });
    const { output_text: text } = await client.responses.create({
      ...{ model, input: 'more', conversation: id },
    });
    assert.equal(text, 'You said: more');
    assert.deepEqual(await lines(), ['user: hello', 'user: more']);
    const conversation_id = id;
    const { data } = await client.conversations.items.create(id, { items: [hello] });
    const items = await collect(client.conversations.items.list(id, { limit: 2, order: 'asc' }));
    assert.deepEqual(
      items.map(({ role }) => role),
      ['user', 'user', 'assistant', 'user'],
    );
    const [added] = data;
    assert.deepEqual(
      await client.conversations.items.retrieve(added.id, { conversation_id }),
      items.at(-1),
    );
    await client.conversations.items.delete(added.id, { conversation_id });
    await assert.rejects(
      client.conversations.items.retrieve(added.id, { conversation_id }),
      OpenAI.NotFoundError,
    );
    const updated = await client.conversations.update(id, { metadata: { a: 'c' } });
    assert.deepEqual(updated.metadata, { a: 'c' });
    assert.deepEqual(await client.conversations.retrieve(id), updated);
    assert.equal((await client.conversations.delete(id)).deleted, true);
    await assert.rejects(client.conversations.retrieve(id), OpenAI.NotFoundError);
  });

  it('compacts, and goes on from the window that it is given', async () => {
    const input = [hello, { role: 'assistant', content: 'Hi.' }];
    const { output } = await client.responses.compact({ model, input });
    assert.equal(output.at(-1).type, 'compaction');
    const { status } = await client.responses.create({ model, input: [...output, hello] });
    assert.equal(status, 'completed');
    const { id } = await client.conversations.create({ items: input });
    const compacted = await client.responses.create({
      ...{ model, conversation: id, input: 'more '.repeat(200) },
      context_management: [{ type: 'compaction', compact_threshold: 100 }],
    });
    assert.deepEqual(
      compacted.output.map(({ type }) => type),
      ['compaction', 'message'],
    );
    await client.responses.create({ model, conversation: id, input: 'last' });
    assert.ok(!(await lines()).includes('assistant: Hi.'));
  });

  it('reads refusals, and does again only what may come about', async () => {
    const stranger = new OpenAI({ baseURL, apiKey: 'wrong' });
    await assert.rejects(stranger.responses.create({ model, input: 'x' }), (error) => {
      assert.ok(error instanceof OpenAI.AuthenticationError);
      assert.equal(error.code, 'invalid_api_key');
      return true;
    });
    await assert.rejects(client.responses.create({ model, input: 5 }), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, 'input');
      return true;
    });
    assert.equal(await asked(), 0);
    await behave({ status: 400, error: { message: 'Not so.', code: 'odd', param: 'input' } });
    await assert.rejects(client.responses.create({ model, input: 'x' }), OpenAI.BadRequestError);
    assert.equal(await asked(), 1);
    await reset();
    await behave({ status: 500, times: 3 });
    const { output_text: text } = await client.responses.create({ model, input: 'x' });
    assert.equal(text, 'You said: x');
    assert.equal(await asked(), 4);
  });

  it('is refused what breaks off in the middle of a stream', async () => {
    await behave({ answer: ['You ', 'said'], cutAfterPieces: 1, times: 1 });
    await assert.rejects(async () => {
      const stream = client.responses.stream({ model, input: 'x' });
      const response = await stream.finalResponse();
      if (response.status === 'failed') throw new Error('It failed');
    });
  });
});
