import { readSettings } from '../config/read-settings.js';
import { Gpt3Provider } from './gpt3.provider.js';
import type { ModelRequest } from '../models/model-request.js';
import type { Transcript } from './transcript.js';

const assistant: Transcript = {
  prompt: 'Be kind.\n',
  settings: '',
  humanName: null,
  aiName: null,
  sentences: [
    { role: 'user', text: 'Who?' },
    { role: 'assistant', text: ' Me.\n' },
    { role: 'user', text: 'Why?' },
  ],
};
const friend: Transcript = { ...assistant, settings: 'FriendChat' };

const assistantText = 'Be kind.\n\nHuman: Who?\nAI:  Me.\n\nHuman: Why?\nAI: ';
const friendText = 'Be kind.\n\nYou: Who?\nFriend:  Me.\n\nYou: Why?\nFriend: ';
const assistantSampling = {
  max_output_tokens: 500,
  temperature: 0.9,
  top_p: 1,
  frequency_penalty: 0,
  presence_penalty: 0.6,
};
const friendSampling = {
  max_output_tokens: 512,
  temperature: 0.5,
  top_p: 1,
  frequency_penalty: 0.5,
  presence_penalty: 0,
  stop: ['You:'],
};

function provider(variables: Record<string, string> = {}): Gpt3Provider {
  return new Gpt3Provider(readSettings({ GPT3_MODEL: 'model-3', ...variables }));
}

describe.each<[string, Transcript, string, ModelRequest['sampling']]>([
  ['an assistant', assistant, assistantText, assistantSampling],
  ['a friend', friend, friendText, friendSampling],
])('asking %s of the gpt3 kind', (_who, transcript, text, sampling) => {
  it('sends the transcript as the prompt of a completion', () => {
    expect(provider({ GPT3_API: 'completions' }).request(transcript)).toEqual({
      form: 'text',
      model: 'model-3',
      instructions: [],
      items: [{ type: 'message', role: 'user', content: text }],
      sampling,
    });
  });

  it('sends the transcript as one user message of a chat', () => {
    expect(provider({ GPT3_API: 'chat' }).request(transcript)).toEqual({
      form: 'chat',
      model: 'model-3',
      instructions: [],
      items: [{ type: 'message', role: 'user', content: text }],
      sampling,
    });
  });

  it('passes REASONING_EFFORT on to a chat', () => {
    const { sampling: sent } = provider({ REASONING_EFFORT: 'low' }).request(transcript);
    expect(sent).toEqual({ ...sampling, reasoning_effort: 'low' });
  });

  it('leaves REASONING_EFFORT out of a completion, which does not know it', () => {
    const variables = { GPT3_API: 'completions', REASONING_EFFORT: 'low' };
    expect(provider(variables).request(transcript).sampling).toEqual(sampling);
  });

  it('has room for 3500 tokens in a quick answer', () => {
    const gpt3 = provider();
    expect(gpt3.request(transcript, gpt3.quickAnswerSampling).sampling).toEqual({
      ...sampling,
      max_output_tokens: 3500,
    });
  });
});

describe('a gpt3 conversation', () => {
  it('is asked without a prompt when there is none', () => {
    const sentences = [{ role: 'user', text: 'Why?' }] as const;
    expect(
      provider({ GPT3_API: 'completions' }).request({ ...assistant, prompt: '', sentences }),
    ).toMatchObject({ items: [{ content: 'Human: Why?\nAI: ' }] });
  });

  it('shows its context without the name that waits for an answer', () => {
    expect(provider().text(assistant)).toBe('Be kind.\n\nHuman: Who?\nAI:  Me.\n\nHuman: Why?');
    expect(provider().text(friend)).toBe('Be kind.\n\nYou: Who?\nFriend:  Me.\n\nYou: Why?');
  });

  it("has the original API's default prompt, with the line feed at its end", () => {
    expect(provider().defaultPrompt).toBe(
      'The following is a conversation with an AI assistant. The assistant is helpful, creative, clever, and very friendly.\n',
    );
  });
});
