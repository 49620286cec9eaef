import { readSettings } from '../config/read-settings.js';
import { RolePlayProvider } from './role-play.provider.js';
import type { Transcript } from './transcript.js';

const transcript: Transcript = {
  prompt: '神社\n\n',
  settings: '',
  humanName: '灵梦',
  aiName: '早苗',
  sentences: [
    { role: 'user', text: '早' },
    { role: 'assistant', text: '早安' },
    { role: 'user', text: '茶?' },
  ],
};
const text = '神社\n\n灵梦: 早\n早苗: 早安\n灵梦: 茶?\n早苗: ';
const parameters = {
  max_output_tokens: 512,
  temperature: 0.5,
  top_p: 1,
  frequency_penalty: 0.5,
  presence_penalty: 0,
  stop: ['灵梦:'],
};

function provider(variables: Record<string, string> = {}): RolePlayProvider {
  return new RolePlayProvider(readSettings({ GPT3_MODEL: 'model-3', ...variables }));
}

describe('role play', () => {
  it('asks by the given names, as the prompt of a completion', () => {
    expect(provider({ GPT3_API: 'completions' }).request(transcript)).toEqual({
      form: 'text',
      model: 'model-3',
      instructions: [],
      items: [{ type: 'message', role: 'user', content: text }],
      sampling: parameters,
    });
  });

  it('asks by the given names, as one user message of a chat', () => {
    expect(provider({ REASONING_EFFORT: 'low' }).request(transcript)).toEqual({
      form: 'chat',
      model: 'model-3',
      instructions: [],
      items: [{ type: 'message', role: 'user', content: text }],
      sampling: { ...parameters, reasoning_effort: 'low' },
    });
  });

  it('shows its context by the given names', () => {
    expect(provider().text(transcript)).toBe('神社\n\n灵梦: 早\n早苗: 早安\n灵梦: 茶?');
  });

  it('stops at the human, whatever the name is', () => {
    const odd = { ...transcript, humanName: '.*', aiName: 'AI' };
    expect(provider().request(odd).sampling).toMatchObject({ stop: ['.*:'] });
  });
});
