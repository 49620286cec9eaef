import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { CondensedChunks } from './condensed-chunks.js';

const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' };

/** The chunks that a stream is replayed with. */
function condensed(chunks: readonly object[]): unknown[] {
  const stream = new CondensedChunks(1_000_000);
  for (const chunk of chunks) stream.add(chunk);
  const found: unknown[] = [];
  const parser = createParser({
    onEvent: ({ data }) => {
      found.push(data === '[DONE]' ? data : JSON.parse(data));
    },
  });
  parser.feed(stream.toText() ?? '');
  return found;
}

function chunk(delta: object, finishReason: string | null = null, index = 0): object {
  return { ...head, choices: [{ index, delta, logprobs: null, finish_reason: finishReason }] };
}

describe('a condensed stream of chunks', () => {
  it('is the same however the text was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (pieces) => {
        const chunks = [
          chunk({ role: 'assistant', content: '' }),
          ...pieces.map((content) => chunk({ content })),
          chunk({}, 'stop'),
        ];
        expect(condensed(chunks)).toEqual([
          chunk({ role: 'assistant', content: pieces.join('') }),
          chunk({}, 'stop'),
          '[DONE]',
        ]);
      }),
    );
  });

  it('joins function calls by their index, also when they come mixed', () => {
    const call = (index: number, more: object) => ({ tool_calls: [{ index, ...more }] });
    const whole = (name: string, text: string) => ({
      id: `call_${name}`,
      type: 'function',
      function: { name, arguments: text },
    });
    const replayed = condensed([
      chunk({ role: 'assistant', content: null }),
      chunk(call(0, whole('a', ''))),
      chunk(call(1, whole('b', ''))),
      chunk(call(0, { function: { arguments: '{"x"' } })),
      chunk(call(1, { function: { arguments: '{}' } })),
      chunk(call(0, { function: { arguments: ':1}' } })),
      chunk({}, 'tool_calls'),
    ]);
    const calls = [
      { index: 0, ...whole('a', '{"x":1}') },
      { index: 1, ...whole('b', '{}') },
    ];
    expect(replayed).toEqual([
      chunk({ role: 'assistant', content: null, tool_calls: calls }),
      chunk({}, 'tool_calls'),
      '[DONE]',
    ]);
  });

  it('keeps several answers apart, with fields that nobody here knows and their probabilities', () => {
    const said = (index: number, word: string) => ({
      ...head,
      choices: [
        {
          index,
          delta: { content: word, reasoning_content: `${word}?` },
          logprobs: { content: [{ token: word }] },
          finish_reason: null,
        },
      ],
    });
    const replayed = condensed([
      said(1, 'a'),
      said(0, 'b'),
      said(1, 'c'),
      chunk({}, 'length', 0),
      chunk({}, 'stop', 1),
    ]);
    expect(replayed).toMatchObject([
      {
        choices: [
          {
            index: 1,
            delta: { content: 'ac', reasoning_content: 'a?c?' },
            logprobs: { content: [{ token: 'a' }, { token: 'c' }] },
          },
          { index: 0, delta: { content: 'b' } },
        ],
      },
      {
        choices: [
          { index: 1, finish_reason: 'stop' },
          { index: 0, finish_reason: 'length' },
        ],
      },
      '[DONE]',
    ]);
  });

  it('ends with the usage where there was one', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const replayed = condensed([
      { ...chunk({ role: 'assistant', content: 'x' }, 'stop'), usage: null },
      { ...head, choices: [], usage },
    ]);
    expect(replayed.slice(1)).toEqual([
      { ...chunk({}, 'stop'), usage: null },
      { ...head, choices: [], usage },
      '[DONE]',
    ]);
  });

  it('is forgotten once its texts are too long together', () => {
    const stream = new CondensedChunks(1_000);
    for (const content of ['x'.repeat(600), 'y'.repeat(300)]) stream.add(chunk({ content }));
    expect(stream.toText()).not.toBeNull();
    stream.add(chunk({ content: 'z'.repeat(600) }));
    stream.add(chunk({}, 'stop'));
    expect(stream.toText()).toBeNull();
  });

  it.each<[string, (index: number) => object]>([
    ['fields', (index) => ({ ...head, [`field${index}`]: 1 })],
    ['choices', (index) => chunk({ content: '' }, null, index)],
    ['function calls', (index) => chunk({ tool_calls: [{ index }] })],
    ['fields of a choice', (index) => chunk({ [`field${index}`]: '' })],
    ['objects in a field', (index) => chunk({ x: { [`field${index}`]: '' } })],
  ])('is forgotten when it has more %s than any answer', (_name, part) => {
    const stream = new CondensedChunks(1_000_000);
    for (let index = 0; index < 400; index += 1) stream.add(part(index));
    expect(stream.toText()).not.toBeNull();
    for (let index = 400; index < 4_001; index += 1) stream.add(part(index));
    expect(stream.toText()).toBeNull();
  });

  it('takes names that objects have by nature for fields like any other', () => {
    const named = JSON.parse('{"__proto__":{"a":"1"},"constructor":"x"}') as object;
    const [said] = condensed([chunk(named), chunk(named)]);
    expect(JSON.stringify(said)).toContain('{"__proto__":{"a":"11"},"constructor":"xx"}');
  });
});
