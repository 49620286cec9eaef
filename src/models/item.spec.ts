import { fromOutput, type OutputItem } from './item.js';

function message(content: unknown, more: object = {}): OutputItem {
  return { type: 'message', role: 'assistant', content, ...more } as OutputItem;
}

const text = { type: 'output_text', text: 'Hello' };

describe('a message that is kept', () => {
  it.each([
    ['without more', text],
    ['with empty lists', { ...text, annotations: [], logprobs: [] }],
  ])('is its text where it has one, plain: %s', (_, part) => {
    const phase = { phase: 'commentary' };
    expect(fromOutput(message([part], phase))).toEqual(message('Hello', phase));
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
    expect(fromOutput(message(content))).toEqual(message(content));
  });
});

describe('any item that is kept', () => {
  it('goes under an id of its own, and has its status beside it where that says how far it came', () => {
    const made: OutputItem = { id: 'rs_1', status: 'completed', type: 'reasoning', summary: [] };
    expect(fromOutput(made)).toEqual({ type: 'reasoning', summary: [] });
  });

  it('keeps a status that is a part of it', () => {
    const made = { id: 'ws_1', status: 'failed', type: 'web_search_call', action: {} };
    expect(fromOutput(made as unknown as OutputItem)).toEqual({
      status: 'failed',
      type: 'web_search_call',
      action: {},
    });
  });
});
