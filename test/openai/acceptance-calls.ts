import type OpenAI from 'openai';
import { collect } from './collect.js';
import { zodlessTool } from './tools.js';

export const model = 'gpt-6-luna';
const messages = [{ role: 'user' as const, content: 'hello' }];
const chat = { model, messages };
const image = 'data:image/png;base64,iVBORw0KGgo=';
const schema = { type: 'object', properties: {}, additionalProperties: false, required: [] };
const weather = { type: 'function' as const, name: 'weather', parameters: schema, strict: true };

/** What the calls of the table are about; made again for each of them. */
export interface Scene {
  /** A conversation with one turn. */
  conversation: string;
  /** The first item of it. */
  item: string;
  /** A stored response of no conversation. */
  response: string;
}

/** What a call of the official client is given beside its body. */
export interface Options {
  signal?: AbortSignal;
  headers?: Record<string, string>;
  maxRetries?: number;
}

/** One way of using the API: its point of the promise, and what its answer must be like. */
export interface Call {
  name: string;
  /** Resolves with what was answered, a stream as the list of its pieces. */
  run: (client: OpenAI, scene: Scene, options?: Options) => Promise<unknown>;
  like: unknown;
}

const aText = expect.stringContaining('You said: ') as unknown;
const anId = (prefix: string) => expect.stringMatching(`^${prefix}_\\w{22}$`) as unknown;
const completed = { object: 'response', status: 'completed', output_text: aText };
const listOf = (entry: unknown) => expect.arrayContaining([entry]) as unknown;
const chunksWith = (chunk: object) => listOf(expect.objectContaining(chunk));
const eventsToTheEnd = chunksWith({ type: 'response.completed' });

const models: Call[] = [
  {
    name: 'models.list',
    run: (client, _, options) => collect(client.models.list(options)),
    like: listOf(expect.objectContaining({ id: model, object: 'model' })),
  },
  {
    name: 'models.retrieve',
    run: (client, _, options) => client.models.retrieve(model, options),
    like: { id: model, object: 'model' },
  },
];

const passedOn: Call[] = [
  {
    name: 'embeddings.create',
    run: (client, _, options) => client.embeddings.create({ model, input: ['a', 'b'] }, options),
    like: { data: [{ index: 0 }, { index: 1 }] },
  },
  {
    name: 'completions.create',
    run: (client, _, options) => client.completions.create({ model, prompt: 'hello' }, options),
    like: { choices: [{ text: aText }] },
  },
  {
    name: 'chat.completions.create',
    run: (client, _, options) => client.chat.completions.create(chat, options),
    like: { choices: [{ message: { content: aText } }] },
  },
  {
    name: 'chat.completions.create with everything',
    run: (client, _, options) => {
      const body = { ...chat, n: 2, seed: 7, stop: ['x'], logprobs: true, temperature: 0 };
      const tool = { type: 'function' as const, function: { name: 'f', parameters: schema } };
      const format = { type: 'json_object' as const };
      const more = { tools: [tool], response_format: format, service_of_tomorrow: [null] };
      return client.chat.completions.create({ ...body, ...more }, options);
    },
    like: { choices: [{ index: 0 }, { index: 1 }] },
  },
];

const passedOnStreams: Call[] = [
  {
    name: 'completions.create, streamed',
    run: (client, _, options) =>
      client.completions.create({ model, prompt: 'hello', stream: true }, options).then(collect),
    like: chunksWith({ object: 'text_completion' }),
  },
  {
    name: 'chat.completions.create, streamed with its usage',
    run: (client, _, options) => {
      const usage = { include_usage: true };
      const body = { ...chat, stream: true as const, stream_options: usage };
      return client.chat.completions.create(body, options).then(collect);
    },
    like: chunksWith({
      choices: [],
      usage: expect.objectContaining({ prompt_tokens: 2 }) as unknown,
    }),
  },
  {
    name: 'chat.completions.stream',
    run: (client, _, options) => client.chat.completions.stream(chat, options).finalContent(),
    like: aText,
  },
  {
    name: 'chat.completions.runTools',
    run: (client, _, options) => {
      const tools = [zodlessTool('weather', () => 'sunny')];
      return client.chat.completions.runTools({ ...chat, tools }, options).finalContent();
    },
    like: aText,
  },
];

const conversations: Call[] = [
  {
    name: 'conversations.create',
    run: (client, _, options) =>
      client.conversations.create({ metadata: { a: 'b' }, items: messages }, options),
    like: { object: 'conversation', id: anId('conv'), metadata: { a: 'b' } },
  },
  {
    name: 'conversations.retrieve',
    run: (client, { conversation }, options) =>
      client.conversations.retrieve(conversation, options),
    like: { object: 'conversation', metadata: {} },
  },
  {
    name: 'conversations.update',
    run: (client, { conversation }, options) =>
      client.conversations.update(conversation, { metadata: { a: 'c' } }, options),
    like: { object: 'conversation', metadata: { a: 'c' } },
  },
  {
    name: 'conversations.delete',
    run: (client, { conversation }, options) => client.conversations.delete(conversation, options),
    like: { object: 'conversation.deleted', deleted: true },
  },
  {
    name: 'conversations.items.create',
    run: (client, { conversation }, options) => {
      const call = { call_id: 'call_1', name: 'f', arguments: '{}' };
      const items = [
        { role: 'user' as const, content: 'more' },
        { type: 'function_call' as const, ...call },
        { type: 'function_call_output' as const, call_id: 'call_1', output: 'x' },
        { type: 'reasoning' as const, id: 'rs_1', summary: [] },
      ];
      return client.conversations.items.create(conversation, { items }, options);
    },
    like: {
      object: 'list',
      data: ['message', 'function_call', 'function_call_output', 'reasoning'].map((type) => ({
        type,
      })),
    },
  },
  {
    name: 'conversations.items.list, page by page',
    run: (client, { conversation }, options) =>
      collect(client.conversations.items.list(conversation, { limit: 1, order: 'asc' }, options)),
    like: [{ role: 'user' }, { role: 'assistant' }],
  },
  {
    name: 'conversations.items.retrieve',
    run: (client, { conversation, item }, options) =>
      client.conversations.items.retrieve(item, { conversation_id: conversation }, options),
    like: { type: 'message', role: 'user' },
  },
  {
    name: 'conversations.items.delete',
    run: (client, { conversation, item }, options) =>
      client.conversations.items.delete(item, { conversation_id: conversation }, options),
    like: { object: 'conversation' },
  },
];

const responses: Call[] = [
  {
    name: 'responses.create',
    run: (client, _, options) => client.responses.create({ model, input: 'hello' }, options),
    like: completed,
  },
  {
    name: 'responses.create with everything',
    run: (client, _, options) => {
      const format = { type: 'json_schema' as const, name: 'x', schema, strict: true };
      const parts = [
        { type: 'input_text' as const, text: 'hello' },
        { type: 'input_image' as const, image_url: image, detail: 'low' as const },
      ];
      const body = {
        model,
        input: [{ role: 'user' as const, content: parts }],
        instructions: 'Be brief.',
        metadata: { a: 'b' },
        max_output_tokens: 100,
        temperature: 0.5,
        top_p: 0.5,
        tools: [weather],
        tool_choice: 'auto' as const,
        parallel_tool_calls: false,
        text: { format },
        truncation: 'auto' as const,
        store: false,
      };
      return client.responses.create(body, options);
    },
    like: { ...completed, store: false, instructions: 'Be brief.', metadata: { a: 'b' } },
  },
  {
    name: 'responses.create in a conversation',
    run: (client, { conversation }, options) =>
      client.responses.create({ model, input: 'more', conversation }, options),
    like: completed,
  },
  {
    name: 'responses.create on a response',
    run: (client, { response }, options) =>
      client.responses.create({ model, input: 'x', previous_response_id: response }, options),
    like: completed,
  },
  {
    name: 'responses.parse',
    run: (client, _, options) => client.responses.parse({ model, input: 'hello' }, options),
    like: completed,
  },
];

const responseStreams: Call[] = [
  {
    name: 'responses.create, streamed',
    run: (client, { conversation }, options) =>
      client.responses
        .create({ model, input: 'hello', conversation, stream: true }, options)
        .then(collect),
    like: eventsToTheEnd,
  },
  {
    name: 'responses.stream',
    run: (client, _, options) =>
      client.responses.stream({ model, input: 'hello' }, options).finalResponse(),
    like: completed,
  },
];

const storedResponses: Call[] = [
  {
    name: 'responses.retrieve',
    run: (client, { response }, options) => client.responses.retrieve(response, {}, options),
    like: completed,
  },
  {
    name: 'responses.delete',
    run: (client, { response }, options) =>
      client.responses.delete(response, options).then(() => 'done'),
    like: 'done',
  },
  {
    name: 'responses.inputItems.list',
    run: (client, { response }, options) =>
      collect(client.responses.inputItems.list(response, { limit: 1 }, options)),
    like: [{ role: 'user', content: [{ text: 'hello' }] }],
  },
  {
    name: 'responses.inputTokens.count',
    run: (client, _, options) => client.responses.inputTokens.count({ model, input: 'x' }, options),
    like: { object: 'response.input_tokens', input_tokens: expect.any(Number) as unknown },
  },
];

const extensions: Call[] = [
  {
    name: 'a fork',
    run: (client, { conversation, item }, options) =>
      client.post(`/conversations/${conversation}/fork`, { body: { up_to: item }, ...options }),
    like: { object: 'conversation', id: anId('conv') },
  },
  {
    name: 'a rollback',
    run: (client, { conversation }, options) =>
      client.post(`/conversations/${conversation}/rollback`, options),
    like: { object: 'conversation' },
  },
];

const regenerations: Call[] = [
  {
    name: 'a regeneration',
    run: (client, { conversation }, options) =>
      client.post(`/conversations/${conversation}/regenerate`, options),
    like: { object: 'response', status: 'completed', id: anId('resp') },
  },
];

/** Calls whose model's answer comes whole. */
export const plainModelCalls = [...passedOn, ...responses, ...regenerations];
/** Calls whose model's answer comes piece by piece. */
export const streamedModelCalls = [...passedOnStreams, ...responseStreams];
/** Calls that no model answers. */
const otherCalls = [...models, ...conversations, ...storedResponses, ...extensions];
/** Every call that the official client makes here. */
export const allCalls = [...otherCalls, ...plainModelCalls, ...streamedModelCalls];
