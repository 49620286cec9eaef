import { send } from '../support/raw-request.js';
import { token } from '../support/service.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService();
let id: string;

beforeEach(async () => {
  id = await caller.create();
  service.simulator.behave({ answer: 'first answer' });
  await caller.chat(id, 'first question');
  service.simulator.reset();
});
afterEach(async () => {
  expect(service.simulator.totalCalls).toBe(0);
  expect(await caller.sentences(id)).toEqual(['first question', 'first answer']);
});

const plainText = 'text/plain; charset=utf-8';

describe('POST /chatgpt/chat', () => {
  it.each(['', ' ', '\n\r\n\t', '\u3000'])('refuses the empty question %j', async (question) => {
    const answer = await caller.chat(id, question);
    expect(answer).toMatchObject({ status: 400, text: 'Question can not be empty' });
    expect(answer.headers.get('content-type')).toBe(plainText);
  });

  it('refuses an empty question without a conversation', async () => {
    const answer = await caller.post('chat', ' ');
    expect(answer).toMatchObject({ status: 400, text: 'Question can not be empty' });
  });

  it('says that the question is empty before it looks for the conversation', async () => {
    const answer = await caller.chat('unknown', '');
    expect(answer).toMatchObject({ status: 400, text: 'Question can not be empty' });
  });
});

describe('POST /chatgpt/summary', () => {
  it.each(['', ' \n'])('refuses the empty article %j', async (article) => {
    const answer = await caller.post('summary', article);
    expect(answer.status).toBe(400);
    expect(answer.text).not.toBe('');
  });
});

describe('POST /chatgpt/create', () => {
  it.each(['friendchat', 'FriendChat2', 'x y', '%00'])('refuses settings: %s', async (settings) => {
    const answer = await caller.post('create', '', { settings });
    expect(answer).toMatchObject({ status: 400, text: `No such setting: ${settings}` });
  });

  it('takes empty settings', async () => {
    expect((await caller.post('create', '', { settings: '' })).status).toBe(200);
  });
});

describe('an id that no conversation has', () => {
  const posts = [
    ...['chat', 'regenerate', 'rollback', 'context', 'contextArray', 'finish'].map(
      (path) => [path, 'Q'] as const,
    ),
    ['store', ''] as const,
  ];

  it.each(posts)('%s says which, also when it is odd', async (path, body) => {
    for (const odd of ['conv_', "' OR 1=1 --", '../..', '%', '*', 'null', '0']) {
      const answer = await caller.post(path, body, { conversation: odd });
      expect(answer.status).toBe(404);
      expect(answer.text).toBe(`failed to find Conversation with provided id: ${odd}`);
    }
  });

  it.each(posts)('%s takes a very long one', async (path, body) => {
    const answer = await caller.post(path, body, { conversation: 'x'.repeat(8_000) });
    expect(answer.status).toBe(404);
    expect(answer.text).toMatch(/^failed to find Conversation with provided id: x/);
  });

  it.each(posts)('%s takes bytes beyond ASCII', async (path, body) => {
    const headers = { token, conversation: 'caf\u00e9\u00ff' };
    const answer = await send(service.url, { path: `/chatgpt/${path}`, headers, body });
    expect(answer.status).toBe(404);
    expect(answer.text).toMatch(/^failed to find Conversation with provided id: caf/);
  });

  it.each(posts)('%s does not find it by its beginning or in another case', async (path, body) => {
    for (const near of [id.slice(0, -1), id.toUpperCase(), `${id}x`]) {
      expect((await caller.post(path, body, { conversation: near })).status).toBe(404);
    }
  });
});

describe('a conversation in which nothing was said', () => {
  it('rollback says that it is empty, again and again', async () => {
    const empty = await caller.create();
    for (let time = 0; time < 2; time += 1) {
      const answer = await caller.post('rollback', '', { conversation: empty });
      expect(answer.status).toBe(400);
      expect(answer.text).toBe('Failed to rollback, dialog is empty');
    }
    expect(await caller.sentences(empty)).toEqual([]);
  });

  it('regenerate is refused without asking the model', async () => {
    const empty = await caller.create();
    const answer = await caller.post('regenerate', '', { conversation: empty });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toBe('');
    expect(answer.headers.get('content-type')).toBe(plainText);
    expect(await caller.sentences(empty)).toEqual([]);
  });
});

describe('GET /chatgpt/share/:id', () => {
  it.each(['x', 'x'.repeat(10_000), '%20', '%00', '..%2f..', '%F0%9F%98%80', "'--"])(
    'has no share %.20s',
    async (share) => {
      const answer = await send(service.url, { method: 'GET', path: `/chatgpt/share/${share}` });
      expect(answer.status).toBe(404);
      expect(answer.text).toBe('Failed to find shared conversation with provided id');
      expect(answer.headers.get('content-type')).toBe(plainText);
    },
  );

  it.each(['%', '%E0%A4%A', '%zz', 'abc%ff'])('refuses the malformed %s', async (share) => {
    const answer = await send(service.url, { method: 'GET', path: `/chatgpt/share/${share}` });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe(plainText);
    expect(answer.text).not.toContain('at ');
  });
});
