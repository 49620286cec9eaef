import { OpenThought } from './open-thought.js';
import type { ResponseEvent } from './response-body.js';

type Said = readonly [text: string, ...details: unknown[]];

function think(...said: readonly Said[]) {
  const emitted: ResponseEvent[] = [];
  let number = 4;
  const thought = new OpenThought(
    'rs_1',
    2,
    (event) => emitted.push(event),
    () => number++,
  );
  for (const [text, ...details] of said) thought.add(text, details);
  return { emitted, thought };
}

const place = { item_id: 'rs_1', output_index: 2, content_index: 0 };

describe('a thought', () => {
  it('is one part, told in pieces', () => {
    const { emitted, thought } = think(['H'], [''], ['m']);
    thought.close('completed');
    const type = 'reasoning_text';
    expect(emitted).toEqual([
      {
        type: 'response.content_part.added',
        ...place,
        part: { type, text: '' },
        sequence_number: 4,
      },
      { type: 'response.reasoning_text.delta', ...place, delta: 'H', sequence_number: 5 },
      { type: 'response.reasoning_text.delta', ...place, delta: 'm', sequence_number: 6 },
      { type: 'response.reasoning_text.done', ...place, text: 'Hm', sequence_number: 7 },
      {
        type: 'response.content_part.done',
        ...place,
        part: { type, text: 'Hm' },
        sequence_number: 8,
      },
    ]);
  });

  it('without words has no part', () => {
    const { emitted, thought } = think(['', { type: 'reasoning.encrypted', data: 'A' }]);
    expect(thought.close('incomplete')).toMatchObject({ content: [], status: 'incomplete' });
    expect(emitted).toEqual([]);
  });

  it('without details has no member for them', () => {
    expect(think(['a']).thought.close('completed')).toEqual({
      ...{ type: 'reasoning', id: 'rs_1', summary: [], status: 'completed' },
      content: [{ type: 'reasoning_text', text: 'a' }],
    });
  });

  const text = 'reasoning.text';
  it.each<[string, unknown[], unknown[]]>([
    [
      'joined where their place is the same',
      [
        { type: text, index: 0, text: 'H', signature: null },
        { type: text, index: 0, text: 'm' },
        { type: text, index: 0, signature: 's' },
      ],
      [{ type: text, index: 0, text: 'Hm', signature: 's' }],
    ],
    [
      'joined in summaries and sealed data too, and nowhere else',
      [
        { type: 'x', index: 1, summary: 'a', data: 'c', id: 'same' },
        { type: 'x', index: 1, summary: 'b', data: 'd', id: 'same' },
      ],
      [{ type: 'x', index: 1, summary: 'ab', data: 'cd', id: 'same' }],
    ],
    [
      'apart where the place is another',
      [
        { type: text, index: 0, text: 'a' },
        { type: text, index: 1, text: 'b' },
      ],
      [
        { type: text, index: 0, text: 'a' },
        { type: text, index: 1, text: 'b' },
      ],
    ],
    [
      'apart where the type is another',
      [
        { type: text, index: 0, text: 'a' },
        { type: 'reasoning.encrypted', index: 0, data: 'b' },
      ],
      [
        { type: text, index: 0, text: 'a' },
        { type: 'reasoning.encrypted', index: 0, data: 'b' },
      ],
    ],
    [
      'apart where they have no place',
      [
        { type: text, text: 'a' },
        { type: text, text: 'b' },
      ],
      [
        { type: text, text: 'a' },
        { type: text, text: 'b' },
      ],
    ],
    [
      'not emptied by a null',
      [
        { type: text, index: 0, text: 'a', signature: 's' },
        { type: text, index: 0, text: null, signature: null },
      ],
      [{ type: text, index: 0, text: 'a', signature: 's' }],
    ],
    ['only objects', ['a', 1, null, { type: text }], [{ type: text }]],
  ])('has its details, %s', (_how, details, merged) => {
    const whole = think(['', ...details]).thought;
    const pieces = think(...details.map((detail): Said => ['', detail])).thought;
    expect(whole.close('completed')).toHaveProperty('reasoning_details', merged);
    expect(pieces.close('completed')).toHaveProperty('reasoning_details', merged);
  });

  it('leaves the details that it was given as they are', () => {
    const given = { type: 'x', index: 0, text: 'a' };
    think(['', given], ['', { type: 'x', index: 0, text: 'b' }]);
    expect(given.text).toBe('a');
  });
});
