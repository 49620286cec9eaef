import { defaultChatPrompt, defaultGpt3Prompt, poemQuestion } from '../factories/original-texts.js';
import type { Caller } from '../support/caller.js';
import { readEventStream } from '../support/caller.js';
import { type TestService } from '../support/service.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

const models = { TEXT_MODEL: 'model-3', FAST_MODEL: 'model-turbo', STRONG_MODEL: 'model-4' };
const gpt3Settings = {
  max_tokens: 500,
  temperature: 0.9,
  top_p: 1,
  frequency_penalty: 0,
  presence_penalty: 0.6,
};
const dialogSettings = {
  max_tokens: 512,
  temperature: 0.5,
  top_p: 1,
  frequency_penalty: 0.5,
  presence_penalty: 0,
};

/** What the last call asked, apart from whether it was to be streamed. */
function lastAsked(service: TestService): Record<string, unknown> {
  const { stream, ...asked } = service.simulator.calls.at(-1)?.body ?? {};
  expect(stream ?? false).toBe(false);
  return 'stop' in asked ? { ...asked, stop: [asked['stop']].flat() } : asked;
}

/** Asks twice in a new conversation, so that the second call carries a history. */
async function askTwice(service: TestService, caller: Caller, created: Promise<{ text: string }>) {
  const { text: id } = await created;
  service.simulator.behave({ answer: ' One\nline. ' });
  await caller.chat(id, ' First?\n');
  await caller.chat(id, 'Second?');
}

const transcripts: [
  kind: string,
  create: (caller: Caller) => Promise<{ text: string }>,
  transcript: string,
  settings: object,
][] = [
  [
    'gpt3',
    (caller) => caller.post('create', ''),
    `${defaultGpt3Prompt}\nHuman:  First?\n\nAI:  One\nline. \nHuman: Second?\nAI: `,
    gpt3Settings,
  ],
  [
    'FriendChat',
    (caller) => caller.post('create', 'Friends.\n\n', { settings: 'FriendChat' }),
    'Friends.\n\nYou:  First?\n\nFriend:  One\nline. \nYou: Second?\nFriend: ',
    { ...dialogSettings, stop: ['You:'] },
  ],
  [
    'role play',
    (caller) =>
      caller.postJson('createRolePlay', { human_name: '灵梦', ai_name: '早苗', prompt: '神社' }),
    '神社\n\n灵梦:  First?\n\n早苗:  One\nline. \n灵梦: Second?\n早苗: ',
    { ...dialogSettings, stop: ['灵梦:'] },
  ],
];

describe.each(['chat', 'completions'])('what is asked of the model, GPT3_API=%s', (api) => {
  const { service, caller } = useService({ ...models, GPT3_API: api });

  const path = api === 'chat' ? '/v1/chat/completions' : '/v1/completions';
  const textOf = (text: string) =>
    api === 'chat' ? { messages: [{ role: 'user', content: text }] } : { prompt: text };

  it.each(transcripts)(
    '%s continues the transcript',
    async (_kind, create, transcript, settings) => {
      await askTwice(service, caller, create(caller));
      expect(lastAsked(service)).toEqual({ model: 'model-3', ...textOf(transcript), ...settings });
      expect(service.simulator.calls.at(-1)?.path).toBe(path);
    },
  );

  it('a gpt3 quick answer has the examples as a transcript, and room for 3500 tokens', async () => {
    await caller.postJson('quickAnswer', { ...poemQuestion, convType: 'gpt3' });
    const [question, example] = poemQuestion.examples;
    const transcript = `${defaultGpt3Prompt}\nHuman: ${question}\nAI: ${example}\nHuman: ${poemQuestion.question}\nAI: `;
    expect(lastAsked(service)).toEqual({
      model: 'model-3',
      ...textOf(transcript),
      ...gpt3Settings,
      max_tokens: 3500,
    });
  });

  it('a summary has the article and Tl;dr', async () => {
    await caller.post('summary', ' An article.\n');
    expect(lastAsked(service)).toEqual({
      model: 'model-3',
      ...textOf(' An article.\n\nTl;dr\n'),
      max_tokens: 2048,
      temperature: 0.7,
      top_p: 1,
      frequency_penalty: 0,
      presence_penalty: 1,
    });
    expect(service.simulator.calls.at(-1)?.path).toBe(path);
  });

  it('regenerate asks without the old answer', async () => {
    const { text: id } = await caller.post('create', 'P');
    await caller.chat(id, 'Q');
    const before = lastAsked(service);
    await caller.post('regenerate', '', { conversation: id });
    expect(lastAsked(service)).toEqual(before);
    expect(before).toMatchObject(textOf('P\n\nHuman: Q\nAI: '));
  });

  it('streams over this API', async () => {
    const { text: id } = await caller.post('create', '', { stream: 'true' });
    service.simulator.behave({ answer: ['梦', '与\n', '现实'] });
    const { text } = await caller.chat(id, 'Q');
    expect(readEventStream(text)).toMatchObject({ text: '梦与\n现实', done: true });
    expect(service.simulator.calls[0]?.body).toMatchObject({ stream: true });
    expect(service.simulator.calls[0]?.path).toBe(path);
  });

  it.each([
    ['turbo', 'createTurbo', 'model-turbo'],
    ['gpt4', 'createGPT4', 'model-4'],
  ])(
    '%s sends the prompt as system message and no sampling parameters',
    async (_kind, to, model) => {
      await askTwice(service, caller, caller.post(to, ''));
      expect(lastAsked(service)).toEqual({
        model,
        messages: [
          { role: 'system', content: defaultChatPrompt },
          { role: 'user', content: ' First?\n' },
          { role: 'assistant', content: ' One\nline. ' },
          { role: 'user', content: 'Second?' },
        ],
      });
      expect(service.simulator.calls.at(-1)?.path).toBe('/v1/chat/completions');
    },
  );

  it.each([
    [{}, 'model-turbo'],
    [{ convType: 'turbo' }, 'model-turbo'],
    [{ convType: 'gpt4' }, 'model-4'],
  ])('a quick answer with %j has the examples as messages', async (kind, model) => {
    await caller.postJson('quickAnswer', { ...poemQuestion, ...kind });
    expect(lastAsked(service)).toEqual({
      model,
      messages: [
        { role: 'system', content: defaultGpt3Prompt },
        { role: 'user', content: poemQuestion.examples[0] },
        { role: 'assistant', content: poemQuestion.examples[1] },
        { role: 'user', content: poemQuestion.question },
      ],
    });
  });

  it.each(['turbo', 'gpt4'])('a %s quick answer without prompt sends none', async (convType) => {
    await caller.postJson('quickAnswer', { question: 'Why?', convType });
    expect(lastAsked(service)['messages']).toEqual([{ role: 'user', content: 'Why?' }]);
  });
});

describe('REASONING_EFFORT', () => {
  it.each([
    ['create', 'chat', 'Q'],
    ['createTurbo', 'chat', 'Q'],
    ['createGPT4', 'chat', 'Q'],
    ['', 'summary', 'An article.'],
    ['', 'quickAnswer', '{"question":"Q"}'],
  ])('is passed on: %s %s', async (create, path, body) => {
    const { service, caller } = await start({ REASONING_EFFORT: 'low' });
    const id = create === '' ? '' : (await caller.post(create)).text;
    await caller.post(path, body, { conversation: id });
    expect(lastAsked(service)).toMatchObject({ reasoning_effort: 'low' });
  });
});

describe('line ends of an answer', () => {
  it('CR LF and CR become LF before storing and sending', async () => {
    const { service, caller } = await start({});
    const id = await caller.create();
    service.simulator.behave({ answer: 'a\r\nb\rc' });
    expect((await caller.chat(id, 'Q')).text).toBe('a\nb\nc');
    expect(await caller.sentences(id)).toEqual(['Q', 'a\nb\nc']);
    await caller.chat(id, 'Q2');
    expect(lastAsked(service)['messages']).toContainEqual({
      role: 'assistant',
      content: 'a\nb\nc',
    });
  });
});
