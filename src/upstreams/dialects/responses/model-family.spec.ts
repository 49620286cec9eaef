import { takesInstructionsLast } from './model-family.js';

describe('a model that is told instructions last', () => {
  it.each([
    'gpt-6.2-astra',
    'gpt-6.2-sol',
    'gpt-6.2',
    'gpt-6.10',
    'gpt-7',
    'gpt-10-mini',
    'openai/gpt-6.2-sol',
  ])('is %s', (model) => {
    expect(takesInstructionsLast(model)).toBe(true);
  });

  it.each(['gpt-6-luna', 'gpt-6.1-sol', 'gpt-5.6', 'gpt-4.1-mini', 'o3', 'llama', 'my-gpt', ''])(
    'is not %s',
    (model) => {
      expect(takesInstructionsLast(model)).toBe(false);
    },
  );
});
