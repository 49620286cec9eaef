import { poemQuestion, rolePlay } from '../factories/original-texts.js';
import { Caller } from '../support/caller.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService();
let id: string;

beforeEach(async () => {
  id = await caller.create();
  service.simulator.behave({ answer: 'first answer' });
  await caller.chat(id, 'first question');
  service.simulator.reset();
});

const said = ['first question', 'first answer'];

/** Every POST of the API with a body that it takes. */
const posts: [path: string, body: string][] = [
  ['create', ''],
  ['createTurbo', ''],
  ['createGPT4', ''],
  ['createRolePlay', JSON.stringify(rolePlay)],
  ['chat', 'question'],
  ['regenerate', ''],
  ['rollback', ''],
  ['context', ''],
  ['contextArray', ''],
  ['finish', ''],
  ['store', ''],
  ['quickAnswer', JSON.stringify(poemQuestion)],
  ['summary', 'article'],
];
const modelCalls = posts.filter(([path]) => /^(chat|regenerate|quickAnswer|summary)$/.test(path));
const needConversation = ['regenerate', 'rollback', 'context', 'contextArray', 'finish', 'store'];

describe.each(posts)('POST /chatgpt/%s', (path, body) => {
  it('answers a caller with the token', async () => {
    const answer = await caller.post(path, body, { conversation: id });
    expect(answer.status).toBe(200);
    expect(answer.text).not.toBe('');
  });

  it.each([
    ['no token', {}],
    ['a wrong token', { token: 'wrong' }],
  ])('refuses a caller with %s and changes nothing', async (_title, credentials) => {
    const stranger = new Caller(service.url, credentials);
    const answer = await stranger.post(path, body, { conversation: id });
    expect(answer.status).toBe(401);
    expect(answer.text).toBe('Auth failed');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(service.simulator.totalCalls).toBe(0);
    expect(await caller.sentences(id)).toEqual(said);
  });
});

const withoutBody = needConversation.filter((path) => path !== 'store');

describe.each(posts.filter(([path]) => !withoutBody.includes(path)))('POST /chatgpt/%s', (path) => {
  it('answers in plain text when the body is too large', async () => {
    const answer = await caller.post(path, 'x'.repeat(1_048_577), { conversation: id });
    expect(answer.status).toBe(413);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await caller.sentences(id)).toEqual(said);
  });
});

describe.each(withoutBody)('POST /chatgpt/%s, which takes no body', (path) => {
  it('does not read the one that it is sent', async () => {
    const answer = await caller.post(path, 'x'.repeat(1_048_577), { conversation: id });
    expect(answer.status).toBe(200);
  });
});

describe.each(needConversation)('POST /chatgpt/%s without the header conversation', (path) => {
  it.each([{}, { conversation: '' }])('says that the id is nil: %j', async (headers) => {
    const answer = await caller.post(path, '', headers);
    expect(answer).toMatchObject({ status: 400, text: 'conversation id is nil' });
  });
});

describe.each(['chat', ...needConversation])('POST /chatgpt/%s with a misspelt header', (path) => {
  it.each(['conversation-id', 'Conversation_ID', 'x-conversation', 'x-conversation-id'])(
    'is refused and changes nothing: %s',
    async (name) => {
      for (const headers of [{ [name]: id }, { [name]: id, conversation: '' }]) {
        const answer = await caller.post(path, 'Why?', headers);
        expect(answer).toMatchObject({
          status: 400,
          text: `The header ${name.toLowerCase()} is not known: the id of a conversation goes into the header conversation`,
        });
      }
      expect(service.simulator.totalCalls).toBe(0);
      expect(await caller.sentences(id)).toEqual(said);
    },
  );

  it('is served when the right one is there too', async () => {
    const headers = { conversation: id, 'conversation-id': 'another' };
    const body = path === 'store' ? '' : 'Why?';
    expect((await caller.post(path, body, headers)).status).toBe(200);
  });
});

describe.each(posts.map(([path]) => path).filter((path) => /^(create|quick|summary)/.test(path)))(
  'POST /chatgpt/%s, which is about no conversation',
  (path) => {
    it('takes any header', async () => {
      const [, body = ''] = posts.find(([name]) => name === path) ?? [];
      expect((await caller.post(path, body, { 'conversation-id': id })).status).toBe(200);
    });
  },
);

describe('POST /chatgpt/chat without the header conversation', () => {
  it('answers once as turbo, without a prompt, and keeps nothing', async () => {
    const answer = await caller.post('chat', 'Who are you?');
    expect(answer).toMatchObject({ status: 200, text: 'You said: Who are you?' });
    expect(service.simulator.calls[0]?.body).toMatchObject({
      model: 'gpt-6-luna',
      messages: [{ role: 'user', content: 'Who are you?' }],
    });
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await caller.sentences(id)).toEqual(said);
  });
});

describe.each(modelCalls)('POST /chatgpt/%s when the upstream fails', (path, body) => {
  it.each([
    ['with a server error', { status: 500 }],
    ['with an answer that is no JSON', { rawBody: '<html>', contentType: 'text/html' }],
    ['by resetting the connection', { resetConnection: true }],
    ['with an empty answer', { answer: '' }],
  ])('%s it answers 502 and leaves the conversation unchanged', async (_title, behaviour) => {
    service.simulator.behave(behaviour);
    const answer = await caller.post(path, body, { conversation: id });
    expect(answer.status).toBe(502);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.text).not.toBe('');
    expect(answer.text).not.toContain('sk-test');
    service.simulator.reset();
    expect(await caller.sentences(id)).toEqual(said);
    expect((await caller.chat(id, 'again')).status).toBe(200);
  });

  it('passes on the reason of a 400, without the key that the upstream echoes', async () => {
    service.simulator.behave({
      status: 400,
      error: { message: 'This content is against our policy.' },
      echoKey: true,
    });
    const answer = await caller.post(path, body, { conversation: id });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('This content is against our policy.');
    expect(answer.text).not.toContain('sk-test');
    expect(await caller.sentences(id)).toEqual(said);
    expect(service.log.text).not.toContain('sk-test');
  });
});

describe('GET /chatgpt/share/:id', () => {
  it('needs no token', async () => {
    await caller.post('store', '', { conversation: id });
    const share = await caller.get(`/chatgpt/share/${id}`);
    expect(share.status).toBe(200);
    expect(JSON.parse(share.text)).toMatchObject({ Id: id, SentenceList: said });
  });

  it('does not open a conversation that was never stored', async () => {
    expect((await caller.get(`/chatgpt/share/${id}`)).status).toBe(404);
  });
});
