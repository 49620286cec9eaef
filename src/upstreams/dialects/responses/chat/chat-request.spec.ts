import fc from 'fast-check';
import { faultsOf } from '../../../../../test/openai/openai-schema.js';
import { refusedField } from '../../../../../test/support/refused-field.js';
import type { InvalidFieldError } from '../../../../platform/errors/http.errors.js';
import { hasExactNumbers, noteExactNumbers } from '../../../../platform/json/exact-numbers.js';
import { listOf, type JsonObject } from '../../../../platform/json/fields.js';
import { chatRequest } from './chat-request.js';

const asked = { model: 'm', messages: [{ role: 'user', content: 'q' }] };
const plain = {
  model: 'm',
  store: false,
  include: ['reasoning.encrypted_content'],
  input: [{ type: 'message', role: 'user', content: 'q' }],
};

/** What the fields become, beside what every request has. */
function becomes(fields: object, stream = false): JsonObject {
  const request = chatRequest({ ...asked, ...fields }, stream);
  expect(faultsOf('CreateResponse', request)).toEqual([]);
  expect(request).toMatchObject(plain);
  return Object.fromEntries(Object.entries(request).filter(([name]) => !(name in plain)));
}

const schema = { type: 'object', properties: { a: { type: 'string' } } };
const noParameters = { type: 'object', properties: {} };

describe('a chat completion as a request of the Responses API', () => {
  it('keeps nothing at the service', () => {
    expect(chatRequest(asked, false)).toEqual(plain);
    expect(chatRequest({ ...asked, store: false }, true)).toEqual({ ...plain, stream: true });
  });

  it.each<[string, object, object]>([
    ['the length', { max_completion_tokens: 99 }, { max_output_tokens: 99 }],
    ['the length by its old name', { max_tokens: 99 }, { max_output_tokens: 99 }],
    ['the length, twice', { max_tokens: 9, max_completion_tokens: 9 }, { max_output_tokens: 9 }],
    ['the effort', { reasoning_effort: 'high' }, { reasoning: { effort: 'high' } }],
    [
      'the effort, with more about it',
      { reasoning_effort: 'high', reasoning: { summary: 'auto' } },
      { reasoning: { effort: 'high', summary: 'auto' } },
    ],
    [
      'the form of a text',
      { response_format: { type: 'text' } },
      { text: { format: { type: 'text' } } },
    ],
    [
      'the form of any JSON',
      { response_format: { type: 'json_object' }, verbosity: 'low' },
      { text: { format: { type: 'json_object' }, verbosity: 'low' } },
    ],
    [
      'the form of a schema',
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'n', description: 'd', strict: true, schema },
        },
      },
      {
        text: {
          format: { type: 'json_schema', name: 'n', description: 'd', strict: true, schema },
        },
      },
    ],
    [
      'the form of a schema that allows everything',
      { response_format: { type: 'json_schema', json_schema: { name: 'n', strict: null } } },
      { text: { format: { type: 'json_schema', name: 'n', schema: {} } } },
    ],
    ['how long-winded it is', { verbosity: 'low' }, { text: { verbosity: 'low' } }],
    [
      'padding',
      { stream_options: { include_obfuscation: false } },
      { stream_options: { include_obfuscation: false } },
    ],
    ['no count of its own', { stream_options: { include_usage: true } }, {}],
    [
      'what both call the same',
      {
        ...{ temperature: 0, top_p: 0.5, user: 'u', safety_identifier: 's', metadata: { a: 'b' } },
        ...{ prompt_cache_key: 'k', prompt_cache_retention: '24h', service_tier: 'flex' },
        ...{ prompt_cache_options: { mode: 'explicit' }, moderation: { model: 'o' } },
      },
      {
        ...{ temperature: 0, top_p: 0.5, user: 'u', safety_identifier: 's', metadata: { a: 'b' } },
        ...{ prompt_cache_key: 'k', prompt_cache_retention: '24h', service_tier: 'flex' },
        ...{ prompt_cache_options: { mode: 'explicit' }, moderation: { model: 'o' } },
      },
    ],
    ['what nobody knows', { odd: { deep: [1, null] } }, { odd: { deep: [1, null] } }],
    [
      'nothing where nothing is asked for',
      {
        ...{ n: 1, stop: [], frequency_penalty: 0, presence_penalty: 0, logit_bias: {} },
        ...{ seed: null, audio: null, modalities: ['text'], prediction: null, store: null },
        ...{ logprobs: false, top_logprobs: null, tools: null, functions: [] },
        ...{ temperature: null, response_format: null, stream_options: null, stream: false },
      },
      {},
    ],
  ])('has %s', (_what, fields, expected) => {
    expect(becomes(fields)).toEqual(expected);
  });

  it('wants to know how likely the words are where its caller does', () => {
    const request = chatRequest({ ...asked, logprobs: true, top_logprobs: 2 }, false);
    expect(request).toMatchObject({
      include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
      top_logprobs: 2,
    });
    expect(request).not.toHaveProperty('logprobs');
    expect(faultsOf('CreateResponse', request)).toEqual([]);
  });

  it.each<[string, object, object]>([
    [
      'functions, which are not strict unless that is said',
      { type: 'function', function: { name: 'f', description: 'd', parameters: schema } },
      { type: 'function', name: 'f', description: 'd', parameters: schema, strict: false },
    ],
    [
      'functions that are strict and take nothing',
      { type: 'function', function: { name: 'f', description: null, strict: true } },
      { type: 'function', name: 'f', parameters: noParameters, strict: true },
    ],
    [
      'tools that take any text',
      { type: 'custom', custom: { name: 'c', description: 'd', format: { type: 'text' } } },
      { type: 'custom', name: 'c', description: 'd', format: { type: 'text' } },
    ],
    [
      'tools that take what a grammar allows',
      {
        type: 'custom',
        custom: {
          name: 'c',
          format: { type: 'grammar', grammar: { syntax: 'regex', definition: 'a+' } },
        },
      },
      { type: 'custom', name: 'c', format: { type: 'grammar', syntax: 'regex', definition: 'a+' } },
    ],
    [
      'tools with members that nobody knows',
      { type: 'custom', odd: 1, custom: { name: 'c', format: null, deep: 2 } },
      { type: 'custom', odd: 1, name: 'c', deep: 2 },
    ],
  ])('has %s', (_what, tool, expected) => {
    expect(becomes({ tools: [tool] })).toEqual({ tools: [expected] });
  });

  it.each<[unknown, unknown]>([
    ['none', 'none'],
    ['required', 'required'],
    [
      { type: 'function', function: { name: 'f' } },
      { type: 'function', name: 'f' },
    ],
    [
      { type: 'custom', custom: { name: 'c' } },
      { type: 'custom', name: 'c' },
    ],
    [
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
      },
      { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
    ],
  ])('has the choice of a tool: %j', (choice, expected) => {
    expect(becomes({ tool_choice: choice, parallel_tool_calls: true })).toEqual({
      tool_choice: expected,
      parallel_tool_calls: true,
    });
  });

  it.each<[unknown, object]>([
    [undefined, {}],
    ['none', { tool_choice: 'none' }],
    [{ name: 'f' }, { tool_choice: { type: 'function', name: 'f' } }],
  ])('has functions as tools of which one is called at a time: %j', (choice, expected) => {
    const functions = [{ name: 'f', parameters: schema }, { name: 'g' }];
    expect(becomes({ functions, function_call: choice })).toEqual({
      tools: [
        { type: 'function', name: 'f', parameters: schema, strict: false },
        { type: 'function', name: 'g', parameters: noParameters, strict: false },
      ],
      parallel_tool_calls: false,
      ...expected,
    });
  });

  it('is told apart where a double does not hold its numbers', () => {
    const body = { ...asked };
    expect(hasExactNumbers(chatRequest(body, false))).toBe(false);
    noteExactNumbers(body);
    expect(hasExactNumbers(chatRequest(body, false))).toBe(true);
  });
});

describe('a chat completion that the Responses API cannot be asked for', () => {
  it.each<[string, unknown]>([
    ['n', 2],
    ['stop', 'end'],
    ['stop', ['end']],
    ['frequency_penalty', 0.5],
    ['presence_penalty', -1],
    ['logit_bias', { '50256': -100 }],
    ['logit_bias', [1]],
    ['seed', 0],
    ['audio', { voice: 'alloy', format: 'wav' }],
    ['modalities', ['text', 'audio']],
    ['modalities', 'audio'],
    ['prediction', { type: 'content', content: 'a' }],
    ['web_search_options', {}],
    ['store', true],
    ['function_call', 'auto'],
  ])('is refused for %s: %j', (param, value) => {
    const refused = refusedField(() => chatRequest({ ...asked, [param]: value }, false));
    expect(refused).toMatchObject({ param, fault: 'unsupported_parameter' });
    expect(refused.detail.startsWith(`${param} `)).toBe(true);
  });

  it.each<[string, InvalidFieldError['fault'], object]>([
    ['messages', 'missing_required_parameter', { messages: null }],
    ['messages', 'invalid_type', { messages: 'q' }],
    ['input', 'unknown_parameter', { input: 'q' }],
    ['previous_response_id', 'unknown_parameter', { previous_response_id: 'resp_1' }],
    ['conversation', 'unknown_parameter', { conversation: 'conv_1' }],
    ['background', 'unknown_parameter', { background: true }],
    ['max_tokens', 'invalid_value', { max_tokens: 1, max_completion_tokens: 2 }],
    ['logprobs', 'invalid_type', { logprobs: 5 }],
    ['top_logprobs', 'invalid_value', { top_logprobs: 5 }],
    ['reasoning', 'invalid_type', { reasoning: 'much', reasoning_effort: 'low' }],
    ['stream_options', 'invalid_type', { stream_options: 'x' }],
    ['stream_options.include_usage', 'invalid_type', { stream_options: { include_usage: 1 } }],
    ['response_format.type', 'missing_required_parameter', { response_format: {} }],
    [
      'response_format.json_schema',
      'missing_required_parameter',
      { response_format: { type: 'json_schema' } },
    ],
    [
      'response_format.json_schema.name',
      'missing_required_parameter',
      { response_format: { type: 'json_schema', json_schema: {} } },
    ],
    ['tools[0]', 'invalid_type', { tools: ['f'] }],
    ['tools[0].type', 'unsupported_parameter', { tools: [{ type: 'web_search' }] }],
    ['tools[0].function', 'missing_required_parameter', { tools: [{ type: 'function' }] }],
    [
      'tools[0].function.name',
      'missing_required_parameter',
      { tools: [{ type: 'function', function: {} }] },
    ],
    [
      'tools[0].function.parameters',
      'invalid_type',
      { tools: [{ type: 'function', function: { name: 'f', parameters: 'p' } }] },
    ],
    ['tools[0].custom', 'missing_required_parameter', { tools: [{ type: 'custom' }] }],
    ['tool_choice', 'invalid_type', { tool_choice: 7 }],
    ['tool_choice.type', 'missing_required_parameter', { tool_choice: {} }],
    [
      'tool_choice.allowed_tools',
      'missing_required_parameter',
      { tool_choice: { type: 'allowed_tools' } },
    ],
    [
      'tool_choice.allowed_tools.tools[0]',
      'invalid_type',
      { tool_choice: { type: 'allowed_tools', allowed_tools: { tools: ['f'] } } },
    ],
    ['tools', 'unsupported_parameter', { functions: [{ name: 'f' }], tools: [] }],
    ['functions[0].name', 'missing_required_parameter', { functions: [{}] }],
    [
      'function_call.name',
      'missing_required_parameter',
      { functions: [{ name: 'f' }], function_call: {} },
    ],
  ])('is refused for %s: %s', (param, fault, fields) => {
    const refused = refusedField(() => chatRequest({ ...asked, ...fields }, false));
    expect(refused).toMatchObject({ param, fault });
  });
});

describe('whatever a chat completion says in words', () => {
  const word = fc.string({ minLength: 1 });
  const text = fc.record({ type: fc.constant('text'), text: word });
  const refusal = fc.record({ type: fc.constant('refusal'), refusal: word });
  const content = fc.oneof(word, fc.array(text, { minLength: 1 }));
  const call = fc.oneof(
    fc.record({
      id: word,
      type: fc.constant('function'),
      function: fc.record({ name: word, arguments: word }),
    }),
    fc.record({
      id: word,
      type: fc.constant('custom'),
      custom: fc.record({ name: word, input: word }),
    }),
  );
  const message = fc.oneof(
    fc.record({ role: fc.constantFrom('system', 'developer', 'user'), content }),
    fc.record(
      {
        role: fc.constant('assistant'),
        content: fc.oneof(word, fc.array(fc.oneof(text, refusal), { minLength: 1 })),
        refusal: fc.option(word),
        tool_calls: fc.array(call),
      },
      { requiredKeys: ['role', 'content'] },
    ),
    fc.record({ role: fc.constant('tool'), tool_call_id: word, content }),
  );

  it('is in the request, in order', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1 }), (messages) => {
        const request = chatRequest({ ...asked, messages }, true);
        expect(listOf(request['input']).flatMap(wordsIn)).toEqual(messages.flatMap(wordsIn));
        expect(faultsOf('CreateResponse', request)).toEqual([]);
      }),
    );
  });

  /** The texts of a message or an item, whatever they are called in it, in the order of its API. */
  function wordsIn(value: unknown): string[] {
    if (typeof value === 'string') return [value];
    if (Array.isArray(value)) return value.flatMap(wordsIn);
    if (typeof value !== 'object' || value === null) return [];
    const told = { ...value } as JsonObject;
    const names = [
      ...['tool_call_id', 'id', 'call_id', 'content', 'output', 'text', 'refusal'],
      ...['tool_calls', 'function', 'custom', 'name', 'arguments', 'input'],
    ];
    return names.flatMap((name) => wordsIn(told[name]));
  }
});
