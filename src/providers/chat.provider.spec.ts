import { readSettings } from '../config/read-settings.js';
import type { ChatProvider } from './chat.provider.js';
import { Gpt4Provider } from './gpt4.provider.js';
import type { Transcript } from './transcript.js';
import { TurboProvider } from './turbo.provider.js';

const transcript: Transcript = {
  prompt: ' Be brief.\n\n',
  settings: '',
  humanName: null,
  aiName: null,
  sentences: [
    { role: 'user', text: ' Who?\n' },
    { role: 'assistant', text: '\nMe. ' },
    { role: 'user', text: 'Why?' },
  ],
};
const said = [
  { type: 'message', role: 'user', content: ' Who?\n' },
  { type: 'message', role: 'assistant', content: '\nMe. ' },
  { type: 'message', role: 'user', content: 'Why?' },
];
const models = { TURBO_MODEL: 'model-turbo', GPT4_MODEL: 'model-4', GPT3_MODEL: 'model-3' };

describe.each<[string, string, (variables?: Record<string, string>) => ChatProvider]>([
  ['turbo', 'model-turbo', (given) => new TurboProvider(readSettings({ ...models, ...given }))],
  ['gpt4', 'model-4', (given) => new Gpt4Provider(readSettings({ ...models, ...given }))],
])('asking %s', (kind, model, provider) => {
  it.each(['chat', 'completions'])(
    'sends prompt and sentences verbatim as instructions and messages, GPT3_API=%s',
    (api) => {
      expect(provider({ GPT3_API: api }).request(transcript)).toEqual({
        form: 'chat',
        model,
        instructions: [' Be brief.\n\n'],
        items: said,
        sampling: {},
      });
    },
  );

  it('has no instructions when there is no prompt', () => {
    expect(provider().request({ ...transcript, prompt: '' })).toMatchObject({
      instructions: [],
      items: said,
    });
  });

  it('passes REASONING_EFFORT on', () => {
    const { sampling } = provider({ REASONING_EFFORT: 'high' }).request(transcript);
    expect(sampling).toEqual({ reasoning_effort: 'high' });
  });

  it('asks a quick answer like any other', () => {
    const chat = provider();
    expect(chat.request(transcript, chat.quickAnswerSampling)).toEqual(chat.request(transcript));
  });

  it('shows its context with the names user and assistant', () => {
    expect(provider().text(transcript)).toBe(
      ' Be brief.\n\nuser:  Who?\n\nassistant: \nMe. \nuser: Why?',
    );
  });

  it("knows its kind and the original API's default prompt", () => {
    expect(provider()).toMatchObject({
      kind,
      defaultPrompt:
        'You are ChatGPT, a large language model trained by OpenAI. Answer as concisely as possible.',
    });
  });
});
