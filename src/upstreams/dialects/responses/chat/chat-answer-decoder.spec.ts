import fc from 'fast-check';
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import { faultsOf } from '../../../../../test/openai/openai-schema.js';
import { isJsonObject, listOf, type JsonObject } from '../../../../platform/json/fields.js';
import { AnsweredError } from '../../answered-error.js';
import { textIn } from '../../chat-completions/choice-decoder.js';
import { TruncatedAnswerError } from '../../parse-answer.js';
import type { RawAnswer } from '../../dialect.js';
import { ChatAnswerDecoder } from './chat-answer-decoder.js';

const usage = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 5 },
  total_tokens: 30,
};
const chatUsage = {
  prompt_tokens: 10,
  completion_tokens: 20,
  total_tokens: 30,
  prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0, cache_write_tokens: 2 },
  completion_tokens_details: {
    ...{ reasoning_tokens: 5, audio_tokens: 0 },
    ...{ accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
  },
};

const text = (words: string, more: object = {}) => ({
  ...{ type: 'output_text', text: words, annotations: [], ...more },
});
const refusal = { type: 'refusal', refusal: 'No.' };
const message = (...content: object[]) => ({
  ...{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content },
});
const thought = (...words: string[]) => ({
  type: 'reasoning',
  id: 'rs_1',
  summary: words.map((one) => ({ type: 'summary_text', text: one })),
  encrypted_content: 'x',
});
const call = (id: string, name = 'f') => ({
  ...{ type: 'function_call', id: `fc_${id}`, call_id: id, name, arguments: '{"a":1}' },
});
const custom = { type: 'custom_tool_call', id: 'ctc_1', call_id: 'c', name: 'c', input: 'x y' };

function response(output: object[], more: object = {}): JsonObject {
  return {
    ...{ id: 'resp_1', object: 'response', created_at: 7.5, status: 'completed', model: 'm-1' },
    ...{ output, usage, ...more },
  };
}

const answer = (value: JsonObject): RawAnswer => ({ data: JSON.stringify(value), value });

/** The events of a response as OpenAI sends them, each text in two pieces. */
function eventsOf(output: object[], more: object = {}): RawAnswer[] {
  const ended = response(output, more);
  const begun = { ...ended, status: 'in_progress', output: [], usage: null };
  return [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...output.flatMap((item, place) => itemEvents({ ...item }, place)),
    { type: `response.${String(ended['status'])}`, response: ended },
  ].map(answer);
}

function itemEvents(item: JsonObject, place: number): JsonObject[] {
  const at = { output_index: place, item_id: item['id'] };
  const pieces = (type: string, words: unknown, more: object = {}) =>
    halves(String(words)).map((delta) => ({
      type: `response.${type}.delta`,
      ...at,
      ...more,
      delta,
    }));
  const parts = listOf(item['content']).filter(isJsonObject);
  const said = parts.flatMap((part, index) =>
    part['type'] === 'refusal'
      ? pieces('refusal', part['refusal'], { content_index: index })
      : [
          ...pieces('output_text', part['text'], {
            content_index: index,
            logprobs: part['logprobs'] ?? [],
          }),
          ...listOf(part['annotations']).map((annotation) => ({
            ...{ type: 'response.output_text.annotation.added', ...at, annotation },
          })),
          { type: 'response.output_text.done', ...at, text: part['text'] },
        ],
  );
  const thoughts = listOf(item['summary'])
    .filter(isJsonObject)
    .flatMap((part, index) =>
      pieces('reasoning_summary_text', part['text'], { summary_index: index }),
    );
  const empty = { ...item, content: [], summary: [], arguments: '', input: '' };
  return [
    { type: 'response.output_item.added', ...at, item: empty },
    ...thoughts,
    ...said,
    ...(item['type'] === 'function_call'
      ? pieces('function_call_arguments', item['arguments'])
      : []),
    ...(item['type'] === 'custom_tool_call' ? pieces('custom_tool_call_input', item['input']) : []),
    { type: 'response.output_item.done', ...at, item },
  ];
}

function halves(words: string): string[] {
  const half = Math.ceil(words.length / 2);
  return [words.slice(0, half), words.slice(half)];
}

function asked(fields: object = {}): JsonObject {
  return { model: 'm', messages: [], ...fields };
}

/** The chunks of a stream, of which each is what its JSON text says. */
function chunksOf(events: readonly RawAnswer[], fields: object = {}): JsonObject[] {
  const decoder = new ChatAnswerDecoder(asked({ stream: true, ...fields }));
  return valuesOf(events.flatMap((event) => decoder.read(event) ?? []));
}

function valuesOf(answers: readonly RawAnswer[]): JsonObject[] {
  return answers.map(({ data, value }) => {
    expect(JSON.parse(data)).toEqual(value);
    expect(faultsOf('CreateChatCompletionStreamResponse', judged(value))).toEqual([]);
    return value;
  });
}

/** The client's type of a chunk knows functions only: other tools are judged without their type. */
function judged(chunk: JsonObject): unknown {
  return JSON.parse(JSON.stringify(chunk).replace('"type":"custom"', '"kind":"custom"'));
}

const firstOf = (chunk: JsonObject): JsonObject => {
  const [choice] = listOf(chunk['choices']);
  return isJsonObject(choice) ? choice : {};
};

function deltasOf(events: readonly RawAnswer[], fields: object = {}): unknown[] {
  return chunksOf(events, fields).map((chunk) => firstOf(chunk)['delta']);
}

function wholeOf(output: object[], more: object = {}, fields: object = {}): JsonObject {
  const decoder = new ChatAnswerDecoder(asked(fields));
  const answers = decoder.readWhole(answer(response(output, more)));
  expect(answers).toHaveLength(1);
  const [{ data, value } = answer({})] = answers;
  expect(JSON.parse(data)).toEqual(value);
  expect(faultsOf('CreateChatCompletionResponse', value)).toEqual([]);
  expect(decoder.isFinished).toBe(true);
  return value;
}

const role = { role: 'assistant', content: '', refusal: null };
const head = { id: 'chatcmpl-1', created: 7, model: 'm-1' };
const functions = [{ name: 'f' }];

describe('the events of a response as chunks of a chat completion', () => {
  it('begin with the role and end with the reason', () => {
    const chunk = { ...head, object: 'chat.completion.chunk' };
    const choice = { index: 0, logprobs: null, finish_reason: null };
    expect(chunksOf(eventsOf([message(text('abcd'))]))).toEqual([
      { ...chunk, choices: [{ ...choice, delta: role }] },
      { ...chunk, choices: [{ ...choice, delta: { content: 'ab' } }] },
      { ...chunk, choices: [{ ...choice, delta: { content: 'cd' } }] },
      { ...chunk, choices: [{ ...choice, delta: {}, finish_reason: 'stop' }] },
    ]);
  });

  const said = (...words: string[]) => words.map((content) => ({ content }));
  const begun = (index: number, id: string, name = 'f') => ({
    tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
  });
  const more = (index: number, words: string) => ({
    tool_calls: [{ index, function: { arguments: words } }],
  });

  it.each<[string, object[], object[]]>([
    [
      'one text, with a blank line between messages',
      [message(text('ab'), text('cd')), message(), message(text('ef'))],
      said('a', 'b', 'c', 'd', '\n\ne', 'f'),
    ],
    ['a refusal', [message(refusal)], [{ refusal: 'No' }, { refusal: '.' }]],
    [
      'thoughts, with a blank line between paragraphs',
      [thought('ab', 'cd'), thought('ef'), message(text('gh'))],
      [
        ...['a', 'b', '\n\nc', 'd', '\n\ne', 'f'].map((words) => ({ reasoning_content: words })),
        ...said('g', 'h'),
      ],
    ],
    [
      'calls, the name first',
      [message(text('ab')), call('1'), call('2', 'g')],
      [
        ...said('a', 'b'),
        ...[begun(0, '1'), more(0, '{"a"'), more(0, ':1}')],
        ...[begun(1, '2', 'g'), more(1, '{"a"'), more(1, ':1}')],
      ],
    ],
    [
      'calls of tools that take any text',
      [custom],
      [
        { tool_calls: [{ index: 0, id: 'c', type: 'custom', custom: { name: 'c', input: '' } }] },
        { tool_calls: [{ index: 0, custom: { input: 'x ' } }] },
        { tool_calls: [{ index: 0, custom: { input: 'y' } }] },
      ],
    ],
    ['nothing of what runs at the service', [{ type: 'odd_call', id: 'o' }], []],
  ])('tell %s', (_what, output, deltas) => {
    expect(deltasOf(eventsOf(output))).toEqual([role, ...deltas, {}]);
  });

  it('tell thoughts that are no summary', () => {
    const delta = { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0 };
    const events = [answer({ ...delta, delta: 'a' }), answer({ ...delta, delta: 'b' })];
    expect(deltasOf(events)).toEqual([
      role,
      { reasoning_content: 'a' },
      { reasoning_content: 'b' },
    ]);
  });

  it('tell a call as it was before there were tools, where its caller declares functions', () => {
    const deltas = deltasOf(eventsOf([call('1'), call('2')]), { functions });
    expect(deltas).toEqual([
      role,
      { function_call: { name: 'f', arguments: '' } },
      { function_call: { arguments: '{"a"' } },
      { function_call: { arguments: ':1}' } },
      begun(1, '2'),
      more(1, '{"a"'),
      more(1, ':1}'),
      {},
    ]);
  });

  it('tell where words are from, by their place in the whole text', () => {
    const cited = { type: 'url_citation', start_index: 0, end_index: 2, title: 't', url: 'u' };
    const file = { type: 'file_citation', file_id: 'f', filename: 'n', index: 0 };
    const output = [message(text('😀b')), message(text('cd', { annotations: [cited, file] }))];
    const citation = { start_index: 4, end_index: 6, title: 't', url: 'u' };
    const annotations = [{ type: 'url_citation', url_citation: citation }];
    expect(deltasOf(eventsOf(output))).toContainEqual({ annotations });
    expect(firstOf(wholeOf(output))['message']).toMatchObject({
      content: '😀b\n\ncd',
      annotations,
    });
  });

  it('tell how likely the words were, where their caller wants it', () => {
    const token = { token: 'a', logprob: -1, top_logprobs: [{ token: 'b', logprob: -2 }] };
    const events = eventsOf([message(text('a', { logprobs: [token] }))]);
    const [, wanted] = chunksOf(events, { logprobs: true });
    expect(firstOf(wanted ?? {})['logprobs']).toEqual({
      content: [
        { ...token, bytes: null, top_logprobs: [{ token: 'b', logprob: -2, bytes: null }] },
      ],
      refusal: null,
    });
    const [, unwanted] = chunksOf(events);
    expect(firstOf(unwanted ?? {})['logprobs']).toBeNull();
  });

  it.each<[string, object[], object, object]>([
    ['stop', [message(text('a'))], {}, {}],
    ['tool_calls', [message(text('a')), call('1')], {}, {}],
    ['tool_calls', [custom], {}, {}],
    ['function_call', [call('1')], {}, { functions }],
    ['stop', [message(text('a'))], {}, { functions }],
    ['length', [call('1')], { incomplete_details: { reason: 'max_output_tokens' } }, {}],
    ['length', [], { incomplete_details: null }, {}],
    ['content_filter', [message()], { incomplete_details: { reason: 'content_filter' } }, {}],
  ])('end as they do in whole answers: %s', (reason, output, cut, fields) => {
    const more = 'incomplete_details' in cut ? { status: 'incomplete', ...cut } : {};
    const last = chunksOf(eventsOf(output, more), fields).at(-1) ?? {};
    expect(firstOf(last)).toMatchObject({ delta: {}, finish_reason: reason });
    expect(firstOf(wholeOf(output, more, fields))['finish_reason']).toBe(reason);
  });

  it('end with what they cost, where their caller wants it', () => {
    const events = eventsOf([message(text('a'))]);
    const chunks = chunksOf(events, { stream_options: { include_usage: true } });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: chatUsage });
    expect(chunks.slice(0, -1).map((chunk) => chunk['usage'])).toEqual([null, null, null]);
    expect(chunksOf(events).filter((chunk) => 'usage' in chunk)).toEqual([]);
  });

  it('end without it where the service did not count', () => {
    const events = eventsOf([message(text('a'))], { usage: null });
    const last = chunksOf(events, { stream_options: { include_usage: true } }).at(-1) ?? {};
    expect(firstOf(last)['finish_reason']).toBe('stop');
  });

  it('have the tier that answered, and the padding of their events', () => {
    const events = eventsOf([message(text('a'))], { service_tier: 'flex' });
    const padded = events.map(({ value }) => answer({ ...value, obfuscation: 'xyz' }));
    const chunks = chunksOf(padded);
    expect(chunks.map((chunk) => chunk['service_tier'])).toEqual(chunks.map(() => 'flex'));
    expect(chunks[1]).toHaveProperty('obfuscation', 'xyz');
    expect(chunks[0]).not.toHaveProperty('obfuscation');
  });

  it('have what was thought of question and answer in a chunk of its own', () => {
    const result = {
      ...{ type: 'moderation_result', model: 'o', flagged: false, categories: {} },
      ...{ category_applied_input_types: {}, category_scores: {} },
    };
    const failed = { type: 'error', code: 'c', message: 'm' };
    const more = { moderation: { input: result, output: failed } };
    const moderation = {
      input: { type: 'moderation_results', model: 'o', results: [result] },
      output: failed,
    };
    const output = [message(text('a'))];
    expect(chunksOf(eventsOf(output, more)).at(-1)).toMatchObject({ choices: [], moderation });
    expect(wholeOf(output, more)).toMatchObject({ moderation });
  });

  it('are told once, whatever of them comes again', () => {
    const output = [thought('ab'), message(text('cd')), call('1')];
    const events = eventsOf(output);
    const isPiece = ({ value }: RawAnswer) => String(value['type']).endsWith('.delta');
    const both = deltasOf(events);
    expect(both).toHaveLength(9);
    const items = deltasOf(events.filter((event) => !isPiece(event)));
    expect(items).toEqual([
      role,
      { reasoning_content: 'ab' },
      { content: 'cd' },
      begun(0, '1'),
      more(0, '{"a":1}'),
      {},
    ]);
    const end = deltasOf(events.slice(-1));
    const whole = {
      index: 0,
      id: '1',
      type: 'function',
      function: { name: 'f', arguments: '{"a":1}' },
    };
    expect(end).toEqual([
      role,
      { reasoning_content: 'ab' },
      { content: 'cd' },
      { tool_calls: [whole] },
      {},
    ]);
  });

  it('have all of each text, wherever its pieces end, and nothing twice or behind it', () => {
    const output = [thought('ab'), message(text('cd ef'), refusal), call('1'), custom];
    const items = output.map((item, place) => itemEvents({ ...item }, place).map(answer));
    const [end] = eventsOf(output).slice(-1);
    const cuts = fc.tuple(...items.map(({ length }) => fc.nat(length)));
    fc.assert(
      fc.property(cuts, fc.boolean(), (lengths, isDone) => {
        const sent = items.flatMap((events, place) => {
          const some = events.slice(0, lengths[place]);
          return isDone ? [...some, ...events.slice(-1), ...events.slice(-1), ...some] : some;
        });
        const said = deltasOf([...sent, ...(end ? [end] : []), ...items.flat()]) as JsonObject[];
        const all = (name: string) => said.map((delta) => textIn(delta[name])).join('');
        expect(['reasoning_content', 'content', 'refusal'].map(all)).toEqual([
          ...['ab', 'cd ef', 'No.'],
        ]);
        const calls = new Map<unknown, string>();
        for (const one of said.flatMap((delta) => listOf(delta['tool_calls']))) {
          const { index, id, function: called, custom: other } = one as Record<string, JsonObject>;
          const { arguments: words, input } = called ?? other ?? {};
          expect(id !== undefined).toBe(!calls.has(index));
          calls.set(index, (calls.get(index) ?? textIn(id)) + textIn(words ?? input));
        }
        expect(new Set(calls.values())).toEqual(new Set(['1{"a":1}', 'cx y']));
      }),
    );
  });

  it.each([undefined, null, { toString: 1, valueOf: 1 }])(
    'are told once where they have %j as their place',
    (place) => {
      const calls = ['1', '2', '3'].map((id) => call(id));
      const events = eventsOf([thought('ab'), message(text('cd')), message(text('ef')), ...calls]);
      const displaced = events.map(({ value }) => {
        const places = ['output_index', 'content_index', 'summary_index'];
        const names = places.filter((name) => name in value);
        const changed: object = Object.fromEntries(names.map((name) => [name, place]));
        return answer({ ...value, ...changed });
      });
      expect(deltasOf(displaced)).toEqual(deltasOf(events));
      const isPiece = ({ value }: RawAnswer) => String(value['type']).endsWith('.delta');
      const items = displaced.filter((event) => !isPiece(event));
      expect(deltasOf(items)).toEqual(deltasOf(events.filter((event) => !isPiece(event))));
    },
  );

  it('may be very many at once', () => {
    const output = Array.from({ length: 200_000 }, () => message(text('a')));
    const decoder = new ChatAnswerDecoder(asked({ stream: true }));
    const value = { type: 'response.completed', response: response(output) };
    expect(decoder.read({ data: '', value })).toHaveLength(output.length + 2);
  });

  it.each<[string, object[]]>([
    ['words', [message(text('ab')), message(text('cd'))]],
    ['calls', [message(text('ab')), call('1'), call('2', 'g')]],
    ['a refusal', [message(refusal)]],
  ])(
    'make %s that the official client puts together to the whole answer',
    async (_what, output) => {
      const counted = { stream_options: { include_usage: true } };
      const lines = chunksOf(eventsOf(output), counted).map((chunk) => JSON.stringify(chunk));
      const stream = ChatCompletionStream.fromReadableStream(new Blob([lines.join('\n')]).stream());
      const { choices, ...around } = await stream.finalChatCompletion();
      const { choices: whole, ...expected } = wholeOf(output);
      expect(around).toEqual(expected);
      // In a stream sources come when there are some.
      const said = JSON.stringify(whole).replace(/,"annotations":\[\]/, '');
      expect(choices).toMatchObject(JSON.parse(said) as object[]);
    },
  );

  it.each([
    [{}],
    [{ type: 'ping' }],
    [{ type: 'response.output_item.added', item: null }],
    [{ type: 'response.output_item.done', item: { type: 'message', content: 'a' } }],
    [{ type: 'response.output_text.delta', delta: null }],
    [{ type: 'response.function_call_arguments.delta', output_index: 4, delta: 'a' }],
    [{ type: 'response.output_text.annotation.added', annotation: 'a' }],
  ])('may be anything, and say nothing: %j', (value) => {
    expect(new ChatAnswerDecoder(asked()).read(answer(value))).toBeNull();
  });
});

describe('the end of a response that is told in chunks', () => {
  const output = [thought('ab'), message(text('cd'), refusal), call('1'), custom];
  const events = eventsOf(output);
  const fields = { stream: true, stream_options: { include_usage: true } };

  it.each(events.map((_, length) => [length]))('is not there after %i events', (length) => {
    const decoder = new ChatAnswerDecoder(asked(fields));
    const chunks = valuesOf(events.slice(0, length).flatMap((event) => decoder.read(event) ?? []));
    expect(chunksOf(events, fields).slice(0, chunks.length)).toEqual(chunks);
    expect(chunks.map((chunk) => firstOf(chunk)['finish_reason'] ?? null)).toEqual(
      chunks.map(() => null),
    );
    expect(decoder).toMatchObject({ isFinished: false, isSettled: false, usage: null });
  });

  it('is there with the last one, counted', () => {
    const decoder = new ChatAnswerDecoder(asked(fields));
    for (const event of events) decoder.read(event);
    expect(decoder).toMatchObject({
      ...{ isFinished: true, isSettled: true, hasGoneOn: false },
      usage: {
        inputTokens: 10,
        outputTokens: 20,
        cachedTokens: 4,
        cacheWriteTokens: 2,
        reasoningTokens: 5,
      },
    });
  });

  it('is told once, and nothing behind it', () => {
    const decoder = new ChatAnswerDecoder(asked(fields));
    for (const event of events) decoder.read(event);
    const end = events.at(-1) ?? answer({});
    const delta = { type: 'response.output_text.delta', output_index: 9, delta: 'z' };
    for (const late of [end, answer(delta), answer({ type: 'error', message: 'No' })]) {
      expect(decoder.read(late)).toBeNull();
    }
    expect(decoder).toMatchObject({ isFinished: true, hasGoneOn: false });
  });

  it.each([
    { type: 'error', code: 'invalid_prompt', message: 'No' },
    {
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'invalid_prompt', message: 'No' }, output: [] },
    },
  ])('may be a failure, which says why: $type', (value) => {
    const decoder = new ChatAnswerDecoder(asked(fields));
    expect(() => decoder.read(answer(value))).toThrow(AnsweredError);
    expect(() => decoder.read(answer(value))).toThrow('No');
  });

  it('comes with nothing handed on before it where nothing was said', () => {
    const decoder = new ChatAnswerDecoder(asked());
    const pieces = eventsOf([thought()]).map((event) => decoder.read(event));
    expect(pieces.slice(0, -1).every((piece) => piece === null)).toBe(true);
    expect(pieces.at(-1)?.map(({ value }) => firstOf(value)['delta'])).toEqual([role, {}]);
  });
});

describe('a whole response as a chat completion', () => {
  it('has everything around the message', () => {
    expect(wholeOf([message(text('ab'))], { service_tier: 'default' })).toEqual({
      ...head,
      service_tier: 'default',
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'ab', refusal: null, annotations: [] },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: chatUsage,
    });
  });

  const f = { name: 'f', arguments: '{"a":1}' };
  it.each<[string, object[], object, object]>([
    ['no word', [], {}, { content: '' }],
    ['texts', [message(text('a'), text('b')), message(text('c'))], {}, { content: 'ab\n\nc' }],
    ['a refusal', [message(refusal)], {}, { content: null, refusal: 'No.' }],
    [
      'thoughts',
      [thought('a', 'b'), message(text('c'))],
      {},
      { content: 'c', reasoning_content: 'a\n\nb' },
    ],
    [
      'calls',
      [call('1'), custom],
      {},
      {
        content: null,
        tool_calls: [
          { id: '1', type: 'function', function: f },
          { id: 'c', type: 'custom', custom: { name: 'c', input: 'x y' } },
        ],
      },
    ],
    ['a call of a function', [call('1')], { functions }, { content: null, function_call: f }],
  ])('has %s', (_what, output, fields, expected) => {
    expect(firstOf(wholeOf(output, {}, fields))['message']).toEqual({
      ...{ role: 'assistant', refusal: null, annotations: [] },
      ...expected,
    });
  });

  it('says how likely its words were, where its caller wants it', () => {
    const token = { token: 'a', bytes: [97], logprob: -1, top_logprobs: [] };
    const output = [message(text('a', { logprobs: [token] }))];
    const choice = firstOf(wholeOf(output, {}, { logprobs: true }));
    expect(choice['logprobs']).toEqual({ content: [token], refusal: null });
    expect(firstOf(wholeOf(output))['logprobs']).toBeNull();
  });

  it('may lack what stands around its message', () => {
    const value = { id: undefined, created_at: '7', model: undefined, usage: undefined };
    const completion = wholeOf([message(text('a'))], value);
    expect(completion).toMatchObject({ id: 'chatcmpl-', created: 0, model: 'm' });
    expect(completion).not.toHaveProperty('usage');
  });

  it('is the chunks of a stream where that was asked for', () => {
    const fields = { stream: true, stream_options: { include_usage: true } };
    const decoder = new ChatAnswerDecoder(asked(fields));
    const chunks = valuesOf(decoder.readWhole(answer(response([message(text('ab')), call('1')]))));
    const whole = { index: 0, id: '1', type: 'function', function: f };
    expect(chunks.map((chunk) => firstOf(chunk)['delta'])).toEqual([
      ...[role, { content: 'ab' }, { tool_calls: [whole] }, {}, undefined],
    ]);
    expect(chunks.at(-1)).toMatchObject({ usage: chatUsage });
    expect(decoder).toMatchObject({ isFinished: true, usage: { inputTokens: 10 } });
  });

  it.each([
    [{}],
    [{ output: null }],
    [{ status: 'in_progress', output: [] }],
    [{ status: 'failed', output: [] }],
    [{ status: 'cancelled', output: [message(text('a'))] }],
  ])('is none where it has not ended or has no output: %j', (value) => {
    const read = () => new ChatAnswerDecoder(asked()).readWhole(answer(value));
    expect(read).toThrow(TruncatedAnswerError);
  });
});
