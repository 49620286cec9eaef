import { readSettings } from '../config/read-settings.js';
import { SummaryProvider } from './summary.provider.js';

const parameters = {
  max_output_tokens: 2048,
  temperature: 0.7,
  top_p: 1,
  frequency_penalty: 0,
  presence_penalty: 1,
};

function provider(variables: Record<string, string>): SummaryProvider {
  return new SummaryProvider(readSettings({ GPT3_MODEL: 'model-3', ...variables }));
}

describe('asking for a summary', () => {
  it.each([
    ['An article.', 'An article.\nTl;dr\n'],
    [' An article.\n\n', ' An article.\n\n\nTl;dr\n'],
  ])('keeps the article verbatim and adds Tl;dr: %j', (article, text) => {
    expect(provider({ GPT3_API: 'completions' }).request(article)).toEqual({
      form: 'text',
      model: 'model-3',
      instructions: [],
      items: [{ type: 'message', role: 'user', content: text }],
      sampling: parameters,
    });
    expect(provider({ GPT3_API: 'chat' }).request(article)).toEqual({
      form: 'chat',
      model: 'model-3',
      instructions: [],
      items: [{ type: 'message', role: 'user', content: text }],
      sampling: parameters,
    });
  });

  it.each([
    ['chat', { ...parameters, reasoning_effort: 'low' }],
    ['completions', parameters],
  ])('passes REASONING_EFFORT on where the API knows it: %s', (api, sent) => {
    const summary = provider({ GPT3_API: api, REASONING_EFFORT: 'low' });
    expect(summary.request('An article.').sampling).toEqual(sent);
  });
});
