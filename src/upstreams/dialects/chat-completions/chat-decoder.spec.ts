import type { ModelEvent } from '../../../models/model-event.js';
import { ChatDecoder } from './chat-decoder.js';
import { TruncatedAnswerError } from '../parse-answer.js';

type Sent = Readonly<Record<string, unknown>>;

/** What a stream of such chunks says. */
function said(...chunks: readonly Sent[]): ModelEvent[] {
  const decoder = new ChatDecoder();
  return chunks.flatMap((value) => decoder.read({ data: '', value }) ?? []);
}

/** One chunk that goes on with the answer. */
function delta(members: Sent, finish: unknown = null): Sent {
  return { choices: [{ index: 0, delta: members, finish_reason: finish }] };
}

function call(members: Sent): Sent {
  return delta({ tool_calls: [members] });
}

/** Text, thoughts and calls of a stream, each put together. */
function summed(events: readonly ModelEvent[]) {
  let text = '';
  let thought = '';
  const calls: { id: string; name: string; arguments: string }[] = [];
  for (const event of events) {
    if (event.type === 'text') text += event.text;
    if (event.type === 'reasoning') thought += event.text;
    if (event.type === 'call') calls.push({ id: event.id, name: event.name, arguments: '' });
    if (event.type === 'arguments') calls[event.call]!.arguments += event.text;
  }
  return { text, thought, calls };
}

const thinking = [{ type: 'text', text: 'Hm' }];

describe('the text of an answer', () => {
  it.each<[string, Sent, string]>([
    ['a streamed chat', delta({ content: 'Hi' }), 'Hi'],
    ['a completion', { choices: [{ text: 'Hi' }] }, 'Hi'],
    ['a chat with null as text', { choices: [{ text: null, delta: { content: 'Hi' } }] }, 'Hi'],
    ['a message beside no delta', { choices: [{ delta: null, message: { content: 'H' } }] }, 'H'],
    ['the first of two choices', { choices: [{ text: '1' }, { text: '2' }] }, '1'],
    ['a choice without a list around it', { choices: { delta: { content: 'Hi' } } }, 'Hi'],
    ['blanks', delta({ content: ' \r\n' }), ' \r\n'],
    ['a number', delta({ content: 42 }), '42'],
    ['parts', delta({ content: [{ type: 'text', text: 'a' }, { text: 'b' }, 'c'] }), 'abc'],
    ['a part', delta({ content: { type: 'text', text: 'a' } }), 'a'],
    [
      'a text within a part',
      delta({ content: [{ type: 'text', text: { value: 1, text: 'a' } }] }),
      'a',
    ],
    [
      'parts among thoughts',
      delta({ content: [{ type: 'thinking', thinking }, { text: 'a' }] }),
      'a',
    ],
    ['a part with a value', delta({ content: [{ type: 'text', text: { value: 'a' } }] }), 'a'],
    ['JSON that was asked for', delta({ content: { city: 'Oslo' } }), '{"city":"Oslo"}'],
    ['a delta that is a text', { choices: [{ delta: 'a' }] }, 'a'],
    ['a message that is a text', { choices: [{ message: 'a' }] }, 'a'],
    ['a choice behind none', { choices: [null, { delta: { content: 'a' } }] }, 'a'],
    [
      'a message beside a delta that says nothing',
      { choices: [{ delta: { role: 'assistant' }, message: { content: 'a' } }] },
      'a',
    ],
  ])('is that of %s', (_what, chunk, text) => {
    expect(summed(said(chunk)).text).toBe(text);
  });

  it.each<Sent>([
    {},
    { choices: null },
    { choices: [] },
    { choices: [null] },
    { choices: ['x'] },
    { choices: [{}] },
    delta({}),
    delta({ role: 'assistant' }),
    delta({ content: null }),
    delta({ content: [] }),
    delta({ content: true }),
    delta({ content: '', refusal: null, tool_calls: null, reasoning: null, annotations: null }),
    delta({ tool_calls: [null, 'x', 5] }),
    { usage: { prompt_tokens: 1, completion_tokens: 2 } },
  ])('is nothing in %j', (chunk) => {
    expect(said(chunk)).toEqual([]);
  });

  it('is not told twice where a stream ends with all of the message', () => {
    const end = { choices: [{ message: { content: 'Hi there' }, finish_reason: 'stop' }] };
    expect(summed(said(delta({ content: 'Hi ' }), delta({ content: 'there' }), end)).text).toBe(
      'Hi there',
    );
    expect(summed(said(delta({ role: 'assistant' }), end)).text).toBe('Hi there');
  });
});

describe('the refusal of an answer', () => {
  it.each([
    { refusal: 'No' },
    { refusal: ['No'] },
    { refusal: { type: 'text', text: 'No' } },
    { content: [{ type: 'refusal', refusal: 'No' }] },
  ])('is read from %j', (members) => {
    expect(said(delta(members))).toEqual([{ type: 'refusal', text: 'No' }]);
  });
});

describe('a chunk of which one member is something else', () => {
  const pieces = {
    ...{ role: 'assistant', content: 'b', refusal: 'r', reasoning_content: 't' },
    tool_calls: [{ index: 0, id: 'x', type: 'function', function: { name: 'f', arguments: '{}' } }],
    annotations: [{ type: 'url_citation' }],
  };
  const middle = {
    choices: [{ index: 0, delta: pieces, logprobs: { content: [{}] }, finish_reason: null }],
    usage: { prompt_tokens: 1, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 0 } },
  };
  const noText = { toString: 1, valueOf: 1 };
  const others = [null, 7, 'x', '', [], ['x'], [null], {}, { a: 1 }, noText, true, undefined];

  /** The same, once for each member that it has anywhere and each other value of it. */
  function changed(value: unknown): unknown[] {
    if (typeof value !== 'object' || value === null) return others;
    const within = Object.entries(value).flatMap(([name, member]) => {
      const isList = Array.isArray(value);
      return changed(member).map((other) => {
        return isList ? [other] : { ...value, [name]: other };
      });
    });
    return [...others, ...within];
  }

  it('takes nothing from what was said around it', () => {
    const chunks = changed(middle).filter((chunk) => typeof chunk === 'object' && chunk !== null);
    expect(chunks.length).toBeGreaterThan(250);
    for (const chunk of chunks) {
      const decoder = new ChatDecoder();
      const events = [
        delta({ content: 'a' }),
        chunk as Sent,
        delta({ content: 'c' }),
        delta({}, 'stop'),
      ].flatMap((value) => decoder.read({ data: '', value }) ?? []);
      const { text, calls } = summed(events);
      expect(text).toMatch(/^a(b|7|x|\{"a":1\}|\{"toString":1,"valueOf":1\})?c$/);
      expect(calls.length).toBeLessThanOrEqual(1);
      expect(decoder).toMatchObject({ isFinished: true, finish: 'stop' });
    }
  });
});

describe('the thoughts of an answer', () => {
  it.each<[string, Sent]>([
    ['reasoning_content', { reasoning_content: 'Hm' }],
    ['reasoning', { reasoning: 'Hm' }],
    ['both, with the same', { reasoning_content: 'Hm', reasoning: 'Hm' }],
    ['an object', { reasoning: { content: 'Hm' } }],
    ['parts of the content', { content: [{ type: 'thinking', thinking }] }],
  ])('are read as %s', (_what, members) => {
    expect(summed(said(delta(members)))).toMatchObject({ text: '', thought: 'Hm' });
  });

  it('are kept in the form that their service wants back', () => {
    const details = [{ type: 'reasoning.encrypted', data: 'AAAA' }];
    expect(said(delta({ reasoning_details: details }))).toEqual([
      { type: 'reasoning', text: '', details },
    ]);
  });
});

describe('the tool calls of an answer', () => {
  const oslo = '{"city":"Oslo"}';
  const rome = '{"city":"Rome"}';
  const f = (text: unknown, name?: string) => ({ ...(name ? { name } : {}), arguments: text });
  const two = [
    { id: 'a', name: 'f', arguments: oslo },
    { id: 'b', name: 'f', arguments: rome },
  ];

  it.each<[string, Sent[], object[]]>([
    [
      'by index, in pieces',
      [
        call({ index: 0, id: 'a', function: f('', 'f') }),
        call({ index: 0, function: f('{"city":') }),
        call({ index: 1, id: 'b', function: f(rome, 'f') }),
        call({ index: 0, function: f('"Oslo"}') }),
      ],
      two,
    ],
    [
      'all with the index 0',
      [
        call({ index: 0, id: 'a', function: f(oslo, 'f') }),
        call({ index: 0, id: 'b', function: f(rome, 'f') }),
      ],
      two,
    ],
    [
      'without an index',
      [call({ id: 'a', function: f(oslo, 'f') }), call({ id: 'b', function: f(rome, 'f') })],
      two,
    ],
    [
      'with null as index, in pieces',
      [
        call({ index: null, id: 'a', function: f('{"city":', 'f') }),
        call({ index: null, id: null, function: f('"Oslo"}') }),
        call({ index: null, id: 'b', function: f(rome, 'f') }),
      ],
      two,
    ],
    [
      'with the id in every piece',
      [
        call({ index: 0, id: 'a', function: f('{"city":', 'f') }),
        call({ index: 0, id: 'a', function: f('"Oslo"}', 'f') }),
        call({ index: 0, id: 'b', function: f(rome, 'f') }),
      ],
      two,
    ],
    [
      'with neither, whole',
      [call({ function: f(oslo, 'f') }), call({ function: f(rome, 'f') })],
      two.map((one) => ({ ...one, id: '' })),
    ],
    [
      'several in one chunk, without an index',
      [
        delta({
          tool_calls: [
            { id: 'a', function: f(oslo, 'f') },
            { id: 'b', function: f(rome, 'f') },
          ],
        }),
      ],
      two,
    ],
    [
      'back at the first after the second, all with the index 0',
      [
        call({ index: 0, id: 'a', function: f('{"city":', 'f') }),
        call({ index: 0, id: 'b', function: f(rome, 'f') }),
        call({ index: 0, id: 'a', function: f('"Oslo"}') }),
      ],
      two,
    ],
    [
      'with an id that comes late',
      [call({ index: 0, function: f('', 'f') }), call({ index: 0, id: 'a', function: f(oslo) })],
      [{ id: '', name: 'f', arguments: oslo }],
    ],
    [
      'with arguments as an object',
      [call({ index: 0, id: 'a', function: f({ city: 'Oslo' }, 'f') })],
      [two[0]!],
    ],
    [
      'one without a list around it',
      [delta({ tool_calls: { id: 'a', function: f(oslo, 'f') } })],
      [two[0]!],
    ],
    [
      'as a function call of before there were tools',
      [delta({ function_call: f('{"city":', 'f') }), delta({ function_call: f('"Oslo"}') })],
      [{ id: '', name: 'f', arguments: oslo }],
    ],
    [
      'of a custom tool',
      [call({ index: 0, id: 'a', type: 'custom', custom: { name: 'f', input: oslo } })],
      [two[0]!],
    ],
    [
      'with a name that comes late',
      [
        call({ index: 0, id: 'a', type: 'function', function: {} }),
        call({ index: 0, function: f('', 'f') }),
        call({ index: 0, function: f(oslo) }),
        call({ index: 1, id: 'b' }),
        call({ index: 1, function: f(rome, 'f') }),
      ],
      two,
    ],
    [
      'whose arguments go on at other places',
      [
        call({ index: 0, id: 'a', function: f('', 'f') }),
        call({ index: 1, function: f('{"city":') }),
        call({ index: 2, function: f('"Oslo"}') }),
      ],
      [two[0]!],
    ],
    [
      'with no arguments before those that it has',
      [
        call({ index: 0, id: 'a', function: f({}, 'f') }),
        call({ index: 0, function: f('{"city":') }),
        call({ index: 0, function: f('"Oslo"}') }),
      ],
      [two[0]!],
    ],
    [
      'with no arguments, in the end',
      [call({ index: 0, id: 'a', function: f({}, 'f') }), delta({}, 'stop')],
      [{ id: 'a', name: 'f', arguments: '{}' }],
    ],
    [
      'again, whole',
      [
        call({ index: 0, id: 'a', function: f({ city: 'Oslo' }, 'f') }),
        call({ index: 0, id: 'a', function: f(oslo, 'f') }),
      ],
      [two[0]!],
    ],
    [
      'with one id for two',
      [
        call({ index: 0, id: 'a', function: f(oslo, 'f') }),
        call({ index: 0, id: 'a', function: f(rome, 'f') }),
      ],
      [two[0]!, { ...two[1]!, id: 'a' }],
    ],
    [
      'with blanks behind all of it, under its id and name',
      [
        call({ index: 0, id: 'a', function: f(oslo, 'f') }),
        call({ index: 0, id: 'a', function: f('\n', 'f') }),
      ],
      [{ ...two[0]!, arguments: `${oslo}\n` }],
    ],
    [
      'of a custom tool in pieces that look complete, with its id and name in each',
      ['{}', '{a}'].map((input) => {
        return call({ index: 0, id: 'a', type: 'custom', custom: { name: 'f', input } });
      }),
      [{ id: 'a', name: 'f', arguments: '{}{a}' }],
    ],
    [
      'with brackets and quotes in its texts',
      [
        call({ index: 0, function: f('{"a":"\\"}', 'f') }),
        call({ index: 0, function: f('{","b":[{}]}', 'f') }),
        call({ index: 0, function: f(rome, 'f') }),
      ],
      [
        { id: '', name: 'f', arguments: '{"a":"\\"}{","b":[{}]}' },
        { id: '', name: 'f', arguments: rome },
      ],
    ],
    [
      'with arguments that are complete and no JSON',
      [call({ function: f("{'a': 1}", 'f') }), call({ function: f(rome, 'f') })],
      ["{'a': 1}", rome].map((text) => ({ id: '', name: 'f', arguments: text })),
    ],
    [
      'as both, a tool and a function',
      [
        delta({
          tool_calls: [{ index: 0, id: 'a', function: f(oslo, 'f') }],
          function_call: f(oslo, 'f'),
        }),
      ],
      [two[0]!],
    ],
    [
      'as nothing in the place of some',
      [delta({ tool_calls: [{ index: 0, id: '', function: f('', '') }, {}] }), delta({}, 'stop')],
      [],
    ],
    [
      'without names, one after another',
      [delta({ tool_calls: [{ id: 'a' }, { id: 'b' }] })],
      [{ id: 'a', name: '', arguments: '' }],
    ],
    [
      'without a name, in the end',
      [call({ index: 0, id: 'a', function: { arguments: oslo } }), delta({}, 'stop')],
      [{ ...two[0]!, name: '' }],
    ],
    [
      'with a number as id',
      [call({ index: 0, id: 7, function: f(oslo, 'f') })],
      [{ ...two[0]!, id: '7' }],
    ],
  ])('are told %s', (_what, chunks, calls) => {
    expect(summed(said(...chunks)).calls).toEqual(calls);
  });

  it('have what their service wants back with them', () => {
    const extra = { google: { thought_signature: 'c2ln' } };
    const events = said(call({ index: 0, id: 'a', function: f('{}', 'f'), extra_content: extra }));
    expect(events).toContainEqual({ type: 'extra', call: 0, extra });
  });
});

describe('the end of an answer', () => {
  function read(...chunks: readonly Sent[]): ChatDecoder {
    const decoder = new ChatDecoder();
    for (const value of chunks) decoder.read({ data: '', value });
    return decoder;
  }
  const counted = { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } };

  it.each([
    ['stop', 'stop'],
    ['STOP', 'stop'],
    ['eos', 'stop'],
    ['tool_calls', 'stop'],
    [1, 'stop'],
    ['length', 'length'],
    ['MAX_TOKENS', 'length'],
    ['content_filter', 'content_filter'],
    ['SAFETY', 'content_filter'],
  ])('has a reason, by whatever name: %s', (reason, finish) => {
    expect(read(delta({ content: 'a' }, reason)).finish).toBe(finish);
  });

  it.each([null, undefined, '', false])('has not come with %p as its reason', (reason) => {
    expect(read(delta({ content: 'a' }, reason)).isFinished).toBe(false);
  });

  it.each(['error', 'abort', 'insufficient_system_resource', 'network_error'])(
    'is none where the server says that it broke off: %s',
    (reason) => {
      expect(() => read(delta({ content: 'a' }, reason))).toThrow(TruncatedAnswerError);
    },
  );

  it.each(['length', 'content_filter'] as const)('is not taken back: %s', (reason) => {
    expect(read(delta({ content: 'a' }, reason), delta({}, 'stop')).finish).toBe(reason);
    expect(read(delta({ content: 'a' }, 'stop'), delta({}, reason)).finish).toBe(reason);
  });

  it('is open again where more is said after it, until that has one', () => {
    const chunks = [delta({ content: 'a' }, 'stop'), delta({ content: 'b' })];
    expect(read(...chunks)).toMatchObject({ isFinished: true, isResumed: true });
    expect(read(...chunks, delta({}, 'stop')).isResumed).toBe(false);
    expect(read(chunks[0]!, delta({}), counted).isResumed).toBe(false);
  });

  it('is open again where a call begins after it', () => {
    const chunks = [delta({ content: 'a' }, 'stop'), call({ index: 0, id: 'a' })];
    expect(read(...chunks)).toMatchObject({ hasGoneOn: true, isResumed: true });
  });

  it('is not believed where more is said after it', () => {
    const one = delta({ content: 'one ' }, 'stop');
    expect(read(one)).toMatchObject({ isFinished: true, hasGoneOn: false });
    expect(read(one, delta({ content: 'two' }, 'stop'))).toMatchObject({
      isFinished: true,
      hasGoneOn: true,
    });
    expect(read(one, delta({}, 'stop'), counted)).toMatchObject({ hasGoneOn: false });
  });

  it('is settled when the usage has come behind it', () => {
    const end = delta({}, 'stop');
    expect(read(delta({ content: 'a' }), end).isSettled).toBe(false);
    expect(read(delta({ content: 'a' }), end, counted).isSettled).toBe(true);
    expect(read(delta({ content: 'a' }), counted).isSettled).toBe(false);
  });

  it.each<[string, Sent]>([
    [
      'beside the choices',
      { ...delta({}, 'stop'), usage: { prompt_tokens: 3, completion_tokens: 4 } },
    ],
    ['in texts', { choices: [], usage: { prompt_tokens: '3', completion_tokens: '4' } }],
    [
      'in the choice',
      { choices: [{ delta: {}, usage: { prompt_tokens: 3, completion_tokens: 4 } }] },
    ],
    ['under other names', { choices: [], usage: { input_tokens: 3, output_tokens: 4 } }],
    [
      'of a server of its own',
      { choices: [], x_groq: { usage: { prompt_tokens: 3, completion_tokens: 4 } } },
    ],
  ])('has the usage that came %s', (_where, chunk) => {
    expect(read(delta({ content: 'a' }, 'stop'), chunk).usage).toMatchObject({
      inputTokens: 3,
      outputTokens: 4,
    });
  });

  it('keeps the last usage that makes sense', () => {
    const odd = { choices: [], usage: { prompt_tokens: -1, completion_tokens: 1.5 } };
    expect(read(counted, odd, { choices: [], usage: null }).usage).toMatchObject({
      inputTokens: 1,
      outputTokens: 2,
    });
  });
});
