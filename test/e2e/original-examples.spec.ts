import {
  article,
  articleSummary,
  defaultChatPrompt,
  defaultGpt3Prompt,
  poem,
  poemQuestion,
  rolePlay,
  sharedSentences,
  sleepAnswer,
  sleepQuestion,
} from '../factories/original-texts.js';
import { useService } from '../support/use-service.js';

const conversationId = /^conv_[0-9A-Za-z]{22}$/;

// The original shows the prompt of a share.
const { service, caller } = useService({ SHARE_PROMPT: 'true' });

/** A new conversation in which the original's question was answered with its answer. */
async function sleepConversation(path: string, body: string, headers = {}): Promise<string> {
  const { text: id } = await caller.post(path, body, headers);
  service.simulator.behave({ answer: sleepAnswer });
  await caller.chat(id, sleepQuestion);
  return id;
}

describe("the original's examples of creating", () => {
  it.each([
    ['create', '', {}],
    ['create', defaultGpt3Prompt.trimEnd(), {}],
    ['create', '', { settings: 'FriendChat' }],
    ['createTurbo', '', {}],
    ['createTurbo', defaultChatPrompt, {}],
    ['createGPT4', '', {}],
    ['createGPT4', defaultChatPrompt, {}],
    ['createRolePlay', JSON.stringify(rolePlay), {}],
    ['createRolePlay', new URLSearchParams(rolePlay).toString(), {}],
  ])('%s with %j answers with the id of a conversation that takes a chat', async (...sample) => {
    const [path, body, headers] = sample;
    const created = await caller.post(path, body, headers);
    expect(created.status).toBe(200);
    expect(created.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(created.text).toMatch(conversationId);
    service.simulator.behave({ answer: sleepAnswer });
    const answer = await caller.chat(created.text, sleepQuestion);
    expect(answer).toMatchObject({ status: 200, text: sleepAnswer });
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it.each([
    ['create', '', defaultGpt3Prompt],
    ['create', ' \n\t ', defaultGpt3Prompt],
    ['create', defaultGpt3Prompt.trimEnd(), defaultGpt3Prompt.trimEnd()],
    ['create', '\n 你是一只猫 \n\n', '\n 你是一只猫 \n\n'],
    ['createTurbo', '', defaultChatPrompt],
    ['createTurbo', '{}', defaultChatPrompt],
    ['createTurbo', '{"prompt":"  "}', defaultChatPrompt],
    ['createTurbo', '{"prompt":"你是一只猫\\n"}', '你是一只猫\n'],
    ['createGPT4', '', defaultChatPrompt],
    ['createGPT4', ' []', ' []'],
  ])('%s with %j has the prompt %j', async (path, body, prompt) => {
    const { text: id } = await caller.post(path, body);
    await caller.post('store', '', { conversation: id });
    const share = await caller.get(`/chatgpt/share/${id}`);
    expect(JSON.parse(share.text)).toEqual({ Id: id, Prompt: prompt, SentenceList: [] });
  });
});

describe("the original's examples of a conversation", () => {
  it('regenerate answers the last question again', async () => {
    const id = await sleepConversation('create', '');
    service.simulator.behave({ answer: '可以。' });
    const answer = await caller.post('regenerate', '', { conversation: id });
    expect(answer).toMatchObject({ status: 200, text: '可以。' });
    expect(await caller.sentences(id)).toEqual([sleepQuestion, '可以。']);
  });

  it('rollback says so', async () => {
    const id = await sleepConversation('create', '');
    const answer = await caller.post('rollback', '', { conversation: id });
    expect(answer).toMatchObject({ status: 200, text: 'Rollback Succeeded' });
    expect(await caller.sentences(id)).toEqual([]);
  });

  it('finish says so, and the conversation is unknown afterwards', async () => {
    const id = await sleepConversation('create', '');
    const answer = await caller.post('finish', '', { conversation: id });
    expect(answer).toMatchObject({ status: 200, text: 'Conversation finished' });
    const after = await caller.post('context', '', { conversation: id });
    expect(after.status).toBe(404);
    expect(after.text).toBe(`failed to find Conversation with provided id: ${id}`);
  });

  const contexts: [path: string, body: string, names: [string, string], beginning: string][] = [
    ['create', '', ['Human', 'AI'], defaultGpt3Prompt],
    ['create', '猫\n\n\n', ['Human', 'AI'], '猫\n'],
    ['createTurbo', '', ['user', 'assistant'], `${defaultChatPrompt}\n`],
    ['createGPT4', '', ['user', 'assistant'], `${defaultChatPrompt}\n`],
    ['createRolePlay', JSON.stringify(rolePlay), ['human', 'AI'], `${defaultChatPrompt}\n`],
    [
      'createRolePlay',
      '{"human_name":"灵梦","ai_name":"早苗","prompt":"神社"}',
      ['灵梦', '早苗'],
      '神社\n',
    ],
  ];

  it.each(contexts)('context of %s with %j is the transcript', async (path, body, names, start) => {
    const id = await sleepConversation(path, body);
    const context = await caller.post('context', '', { conversation: id });
    expect(context.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(context.text).toBe(
      `${start}\n${names[0]}: ${sleepQuestion}\n${names[1]}: ${sleepAnswer}`,
    );
  });

  it('context of a FriendChat is between You and Friend', async () => {
    const id = await sleepConversation('create', '', { settings: 'FriendChat' });
    const context = await caller.post('context', '', { conversation: id });
    expect(context.text).toBe(
      `${defaultGpt3Prompt}\nYou: ${sleepQuestion}\nFriend: ${sleepAnswer}`,
    );
  });

  it('contextArray is a JSON array of the sentences', async () => {
    const id = await sleepConversation('createTurbo', '');
    const answer = await caller.post('contextArray', '', { conversation: id });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.text).toBe(JSON.stringify([sleepQuestion, sleepAnswer]));
  });

  it('store and share give the Japanese sample back', async () => {
    const { text: id } = await caller.post('create');
    for (let turn = 0; turn < sharedSentences.length; turn += 2) {
      service.simulator.behave({ answer: sharedSentences[turn + 1] ?? '' });
      await caller.chat(id, sharedSentences[turn] ?? '');
    }
    const stored = await caller.post('store', '', { conversation: id });
    expect(stored).toMatchObject({ status: 200, text: '保存成功' });
    expect(stored.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const share = await caller.get(`/chatgpt/share/${id}`);
    expect(share.headers.get('content-type')).toMatch(/^application\/json/);
    expect(share.text).toBe(
      JSON.stringify({ Id: id, Prompt: defaultGpt3Prompt, SentenceList: sharedSentences }),
    );
  });
});

describe("the original's examples of answers without a conversation", () => {
  it('quickAnswer writes a poem after an example', async () => {
    service.simulator.behave({ answer: poem });
    const answer = await caller.postJson('quickAnswer', poemQuestion);
    expect(answer).toMatchObject({ status: 200, text: poem });
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('summary sums an article up', async () => {
    service.simulator.behave({ answer: articleSummary });
    const answer = await caller.post('summary', article);
    expect(answer).toMatchObject({ status: 200, text: articleSummary });
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('summary passes the answer on as it comes', async () => {
    service.simulator.behave({ answer: '\n\nIn short.\n' });
    expect((await caller.post('summary', article)).text).toBe('\n\nIn short.\n');
  });
});

describe("the original's examples of errors", () => {
  it.each(['chat', 'regenerate', 'rollback', 'context', 'contextArray', 'finish', 'store'])(
    '%s names the id that is unknown',
    async (path) => {
      const body = path === 'store' ? '' : sleepQuestion;
      const answer = await caller.post(path, body, { conversation: '4ev2Djnd' });
      expect(answer.status).toBe(404);
      expect(answer.text).toBe('failed to find Conversation with provided id: 4ev2Djnd');
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    },
  );

  it('share says that there is none', async () => {
    const answer = await caller.get('/chatgpt/share/ExpHJpdD');
    expect(answer.status).toBe(404);
    expect(answer.text).toBe('Failed to find shared conversation with provided id');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });
});
