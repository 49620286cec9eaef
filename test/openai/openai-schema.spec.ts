import { faultsOf } from './openai-schema.js';

const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
const choice = {
  index: 0,
  finish_reason: 'stop',
  logprobs: null,
  message: { role: 'assistant', content: 'hello', refusal: null },
};
const chatCompletion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-6-luna',
  choices: [choice],
  usage,
};
const chunk = {
  ...chatCompletion,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: { content: 'hello' }, finish_reason: null, logprobs: null }],
  usage: null,
};
const completion = {
  id: 'cmpl-1',
  object: 'text_completion',
  created: 1,
  model: 'gpt-6-luna',
  choices: [{ index: 0, text: 'hello', finish_reason: 'stop', logprobs: null }],
};
const model = { id: 'gpt-6-luna', object: 'model', created: 1, owned_by: 'system' };
const conversation = { id: 'conv_1', object: 'conversation', created_at: 1, metadata: {} };
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'hello', annotations: [], logprobs: [] }],
};
const list = { object: 'list', data: [message], first_id: 'msg_1', last_id: 'msg_1' };
const items = { ...list, has_more: false };
const response = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status: 'completed',
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  model: 'gpt-6-luna',
  output: [message],
  parallel_tool_calls: true,
  temperature: null,
  tool_choice: 'auto',
  tools: [],
  top_p: null,
};
const event = { type: 'response.completed', sequence_number: 1, response };
const delta = {
  type: 'response.output_text.delta',
  sequence_number: 1,
  item_id: 'msg_1',
  output_index: 0,
  content_index: 0,
  delta: 'hello',
  logprobs: [],
};
const request = { model: 'gpt-6-luna', messages: [{ role: 'user', content: 'hello' }] };
const error = { message: 'No.', type: 'invalid_request_error', param: null, code: null };

/** A right value of each schema, and values that are wrong in one place. */
const judged: [schema: string, right: object, wrong: object[]][] = [
  [
    'CreateChatCompletionRequest',
    request,
    [
      { ...request, messages: 'hello' },
      { ...request, messages: [{ role: 'nobody', content: 'hello' }] },
      { ...request, messages: [{ role: 'user', content: 7 }] },
      { ...request, temperature: '1' },
      { ...request, stop: 7 },
    ],
  ],
  [
    'CreateChatCompletionResponse',
    chatCompletion,
    [
      { ...chatCompletion, object: 'chat.completion.chunk' },
      { ...chatCompletion, created: '1' },
      { ...chatCompletion, choices: {} },
      { ...chatCompletion, choices: [{ ...choice, finish_reason: 'enough' }] },
      { ...chatCompletion, choices: [{ ...choice, message: { role: 'assistant' } }] },
      { ...chatCompletion, usage: { prompt_tokens: 1 } },
    ],
  ],
  [
    'CreateChatCompletionStreamResponse',
    chunk,
    [
      { ...chunk, object: 'chat.completion' },
      { ...chunk, choices: [{ index: 0, delta: { content: 7 }, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, finish_reason: null }] },
    ],
  ],
  [
    'CreateCompletionRequest',
    { model: 'gpt-6-luna', prompt: 'hello' },
    [{ model: 'gpt-6-luna', prompt: 7 }, { prompt: 'hello' }],
  ],
  [
    'CreateCompletionResponse',
    completion,
    [
      { ...completion, object: 'chat.completion' },
      { ...completion, choices: [{ index: 0, finish_reason: 'stop', logprobs: null }] },
    ],
  ],
  [
    'ListModelsResponse',
    { object: 'list', data: [model] },
    [
      { object: 'models', data: [model] },
      { object: 'list', data: [{ ...model, id: 7 }] },
    ],
  ],
  [
    'Model',
    model,
    [
      { ...model, object: 'key' },
      { ...model, created: null },
    ],
  ],
  [
    'ConversationResource',
    conversation,
    [
      { ...conversation, object: 'thread' },
      { ...conversation, created_at: '2026-01-01' },
      { id: 'conv_1', object: 'conversation', created_at: 1 },
    ],
  ],
  [
    'DeletedConversationResource',
    { id: 'conv_1', object: 'conversation.deleted', deleted: true },
    [
      { id: 'conv_1', object: 'conversation', deleted: true },
      { id: 'conv_1', object: 'conversation.deleted', deleted: 'yes' },
    ],
  ],
  [
    'ConversationItem',
    message,
    [
      { ...message, type: 'remark' },
      { ...message, content: 'hello' },
      { ...message, status: 'done' },
    ],
  ],
  [
    'ConversationItemList',
    items,
    [list, { ...items, data: [{ ...message, role: 'nobody' }] }, { ...items, first_id: null }],
  ],
  ['ResponseItemList', items, [list, { ...items, data: [{ type: 'remark' }] }]],
  [
    'CreateResponse',
    { model: 'gpt-6-luna', input: [{ ...message, id: undefined }] },
    [
      { model: 'gpt-6-luna' },
      { model: 'gpt-6-luna', input: [{ role: 'nobody', content: 'hello' }] },
      { model: 'gpt-6-luna', input: [{ ...message, content: [{ type: 'input_audio' }] }] },
      { model: 'gpt-6-luna', input: [{ type: 'function_call', call_id: 'call_1', name: 'f' }] },
      { model: 'gpt-6-luna', input: 'hello', tools: [{ type: 'function', function: {} }] },
      { model: 'gpt-6-luna', input: 'hello', text: { format: { type: 'json_schema' } } },
    ],
  ],
  [
    'Response',
    response,
    [
      { ...response, object: 'answer' },
      { ...response, status: 'done' },
      { ...response, output: [{ ...message, content: [{ type: 'output_text', text: 7 }] }] },
      { ...response, error: { code: 'server_error' } },
      { ...response, tools: null },
      { ...response, usage: { input_tokens: 1 } },
    ],
  ],
  [
    'ResponseStreamEvent',
    event,
    [
      { ...event, type: 'response.done' },
      { ...event, sequence_number: '1' },
      { ...event, response: { ...response, status: 'done' } },
      { ...event, response: { ...response, model: undefined } },
      { ...delta, delta: 7 },
      { ...delta, item_id: undefined },
    ],
  ],
  ['ResponseStreamEvent', delta, []],
  [
    'TokenCountsResource',
    { object: 'response.input_tokens', input_tokens: 7 },
    [{ object: 'response.input_tokens', input_tokens: '7' }, { input_tokens: 7 }],
  ],
  [
    'ErrorResponse',
    { error },
    [
      error,
      { error: 'No.' },
      { error: { ...error, message: undefined } },
      { error: { ...error, code: 7 } },
    ],
  ],
];

describe('the judge of /v1', () => {
  it.each(judged)('lets what is right pass: %s', (schema, right) => {
    expect(faultsOf(schema, right)).toEqual([]);
  });

  const wrongs = judged.flatMap(([schema, , wrong]) =>
    [{}, null, 'hello', ...wrong].map((value): [string, string] => [schema, JSON.stringify(value)]),
  );
  it.each(wrongs)('refuses as a %s what is wrong in one place: %s', (schema, value) => {
    expect(faultsOf(schema, JSON.parse(value))).not.toEqual([]);
  });

  it('knows no schema by another name', () => {
    expect(() => faultsOf('Thread', {})).toThrow('ThreadSchema');
  });
});
