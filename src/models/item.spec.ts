import { withPlainText, type Item } from './item.js';

function message(content: unknown, more: object = {}): Item {
  return { type: 'message', role: 'assistant', content, ...more } as Item;
}

const text = { type: 'output_text', text: 'Hello' };

describe('a message that is kept', () => {
  it.each([
    ['without more', text],
    ['with empty lists', { ...text, annotations: [], logprobs: [] }],
  ])('is its text where it has one, plain: %s', (_, part) => {
    const phase = { phase: 'commentary' };
    expect(withPlainText(message([part], phase))).toEqual(message('Hello', phase));
  });

  it.each<[string, unknown]>([
    ['it is a text already', 'Hello'],
    ['the user said it', [{ type: 'input_text', text: 'Hello' }]],
    ['it has annotations', [{ ...text, annotations: [{ type: 'url_citation' }] }]],
    ['it has probabilities', [{ ...text, logprobs: [{ token: 'Hello' }] }]],
    ['it has two parts', [text, text]],
    ['it has none', []],
    ['it is a refusal', [{ type: 'refusal', refusal: 'No' }]],
    ['its part has no text', [{ type: 'output_text' }]],
    ['its part is none', [null]],
    ['its content is none', undefined],
  ])('is whole where %s', (_, content) => {
    expect(withPlainText(message(content))).toEqual(message(content));
  });

  it('is whole where it is no message', () => {
    const item: Item = { type: 'reasoning', summary: [] };
    expect(withPlainText(item)).toBe(item);
  });
});
