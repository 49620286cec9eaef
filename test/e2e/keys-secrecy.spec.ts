import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { Database } from '../../src/platform/database/database.js';
import { Caller, readEventStream, type Answer } from '../support/caller.js';
import { startService, token, type TestService } from '../support/service.js';
import { databaseBytes } from '../support/stored.js';

const streamed = { accept: 'text/event-stream' };
/** One with OpenAI's look, and one as self-hosted servers give them out. */
const canaries = ['sk-proj-canaryCANARY0123456789abcdef', 'canary.Key_of+no/known=look.98765'];
const question = 'What do whales whisper at midnight?';
const prompt = 'You are the keeper of a confidential lighthouse.';

describe.each(canaries)('the key %s', (key) => {
  let service: TestService;
  let caller: Caller;

  beforeAll(async () => {
    service = await startService({ OPENAI_API_KEYS: key, AUTO_REMOVE_KEYS: 'false' });
    caller = new Caller(service.url);
  });
  afterAll(() => service.close());
  beforeEach(() => {
    service.log.lines.length = 0;
  });
  afterEach(() => {
    service.simulator.reset();
  });

  /** A key that was rate limited, however often, may serve again. */
  function letKeyCool(): void {
    service.clock.advance(310_000);
  }

  function expectNowhere(seen: Answer[]): void {
    for (const { text, headers } of seen) {
      const shown = `${text} ${JSON.stringify([...headers])}`;
      expect(shown).not.toContain(key);
      expect(shown).not.toContain(key.slice(8, 24));
      expect(shown).not.toContain(token);
    }
    expect(service.log.text).not.toContain(key);
    expect(service.log.text).not.toContain(key.slice(8, 24));
    expect(service.log.text).not.toContain(token);
    const bytes = databaseBytes(service.databaseFile);
    expect(bytes.length).toBeGreaterThan(0);
    expect(bytes.includes(key)).toBe(false);
    expect(bytes.includes(token)).toBe(false);
  }

  const message = `Refused: ${key} and Bearer ${key} may not`;
  it.each<[string, Behaviour]>([
    ['400', { status: 400, echoKey: true }],
    ['400 twice in one sentence', { status: 400, error: { message } }],
    ['400 as its param and code', { status: 400, error: { message: 'x', param: key, code: key } }],
    ['400 as its whole body', { status: 400, rawBody: key, contentType: 'text/plain' }],
    [
      '400 in a body of another shape',
      { status: 400, rawBody: JSON.stringify({ detail: message }) },
    ],
    ['413', { status: 413, echoKey: true }],
    ['422', { status: 422, echoKey: true }],
    ['401', { status: 401, echoKey: true }],
    ['403', { status: 403, echoKey: true }],
    ['404', { status: 404, echoKey: true }],
    ['429', { status: 429, echoKey: true }],
    ['429 in its headers', { status: 429, headers: { 'retry-after': key, 'x-echo': key } }],
    ['500', { status: 500, echoKey: true }],
    ['500 as its code and type', { status: 500, error: { message, code: key, type: key } }],
    ['500 in its headers', { status: 500, headers: { 'x-echo': key, 'x-request-id': key } }],
    ['broken JSON', { rawBody: `{"choices": "${key}` }],
    ['an error object with status 200', { rawBody: JSON.stringify({ error: { message } }) }],
    ['the first chunk of a stream', { errorAfterPieces: 0, echoKey: true }],
    ['an error chunk mid-stream', { answer: ['a', 'b'], errorAfterPieces: 1, echoKey: true }],
    [
      'an error chunk with it everywhere',
      {
        answer: ['a', 'b'],
        errorAfterPieces: 1,
        error: { message, code: key, type: key, param: key },
      },
    ],
    ['the headers of a good answer', { headers: { 'x-echo': key, 'x-request-id': key } }],
  ])('stays inside when the upstream echoes it: %s', async (_, behaviour) => {
    service.simulator.behave(behaviour);
    const id = await caller.create();
    const answers = [await caller.chat(id, 'hello')];
    letKeyCool();
    answers.push(await caller.chat(id, 'hello', streamed));
    letKeyCool();
    answers.push(await caller.post('quickAnswer', '{"question":"hello"}'));
    letKeyCool();
    expect(service.simulator.callsWith(key)).toBeGreaterThanOrEqual(3);
    expectNowhere(answers);
  });
});

describe.each(canaries)('the key %s in a good answer', (key) => {
  let service: TestService;
  let caller: Caller;

  beforeAll(async () => {
    service = await startService({ OPENAI_API_KEYS: key });
    caller = new Caller(service.url);
  });
  afterAll(() => service.close());
  afterEach(() => {
    service.simulator.reset();
  });

  const model = 'gpt-6-luna';
  const messages = [{ role: 'user', content: 'hello' }];
  const escaped = Buffer.from(key).toString('hex').replace(/../g, '\\u00$&');

  async function v1(path: string, body: object): Promise<string> {
    const answer = await fetch(`${service.url}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    return answer.text();
  }

  /** Every way of asking. @returns everything that was answered, read as its readers read it */
  async function ask(): Promise<string[]> {
    const id = await caller.create();
    const plain = await caller.chat(id, 'hello');
    const stream = await caller.chat(id, 'hello', streamed);
    const texts = [plain.text, readEventStream(stream.text).text];
    texts.push(JSON.stringify(await caller.sentences(id)));
    for (const stream of [false, true]) {
      texts.push(await v1('chat/completions', { model, messages, stream }));
      texts.push(await v1('completions', { model, prompt: 'hello', stream }));
      texts.push(await v1('responses', { model, input: 'hello', stream }));
    }
    return texts;
  }

  /** The text that the deltas of a stream add up to. */
  function textOf(body: string): string {
    const deltas = body.matchAll(/"(?:content|text|delta|arguments)":"((?:[^"\\]|\\.)*)"/g);
    return Array.from(deltas, ([, text]) => JSON.parse(`"${text!}"`) as string).join('');
  }

  const cuts = [[key.length], [1, 2], [3, 4, 5], [6], [7, 20, 21], [key.length - 1]];
  it.each(cuts)('stays inside, in whatever pieces it comes: %j', async (...places) => {
    const text = `Your key is ${key}, thanks.`;
    const start = text.indexOf(key);
    const ends = [...places.map((place) => start + place), text.length];
    const answer = ends.map((end, index) => text.slice(index === 0 ? 0 : ends[index - 1], end));
    service.simulator.behave({ answer });
    for (const shown of await ask()) {
      expect(shown).not.toContain(key);
      expect(textOf(shown)).not.toContain(key);
      expect(shown).toContain('[redacted]');
      expect(shown).toContain('thanks.');
    }
    expect(databaseBytes(service.databaseFile).includes(key)).toBe(false);
  });

  it.each(['', '\\n'])('stays inside when it is spelled in another way', async (before) => {
    const choice = `{"index":0,"message":{"content":"${before}Key ${escaped}"},"finish_reason":"stop"}`;
    service.simulator.behave({ rawBody: `{"choices":[${choice}],"extra":"${escaped}"}` });
    const body = await v1('chat/completions', { model, messages });
    expect(JSON.stringify(JSON.parse(body))).not.toContain(key);
    const id = await caller.create();
    expect((await caller.chat(id, 'hello')).text).toContain('Key [redacted]');
    const delta = `{"index":0,"delta":{"content":"Key ${escaped}"},"finish_reason":"stop"}`;
    service.simulator.behave({
      rawBody: `data: {"choices":[${delta}],"extra":"${escaped}"}\n\n`,
      contentType: 'text/event-stream',
    });
    const stream = await v1('chat/completions', { model, messages, stream: true });
    expect(JSON.stringify(JSON.parse(stream.slice(6, stream.indexOf('\n'))))).not.toContain(key);
  });

  it('stays inside in the arguments of a call', async () => {
    const toolCalls = [{ id: 'call_1', name: 'f', arguments: `{"key":"${key}"}` }];
    service.simulator.behave({ toolCalls, answer: [] });
    for (const stream of [false, true]) {
      expect(await v1('chat/completions', { model, messages, stream })).not.toContain(key);
      expect(await v1('responses', { model, input: 'hello', stream })).not.toContain(key);
    }
  });
});

describe('what is said', () => {
  let service: TestService;
  let caller: Caller;

  beforeEach(async () => {
    service = await startService();
    caller = new Caller(service.url);
  });
  afterEach(() => service.close());

  it("is passed on unchanged when it is the model's own text, whatever it looks like", async () => {
    const text = 'Set OPENAI_API_KEY=sk-abcdefghijklmnop and send Authorization: Bearer abc.def';
    const id = await caller.create();
    service.simulator.behave({ answer: text });
    expect(await caller.chat(id, 'how?')).toMatchObject({ status: 200, text });
    expect(await caller.sentences(id)).toEqual(['how?', text]);
  });

  const answer = 'They hum the tide tables.';
  it.each<[string, Behaviour]>([
    ['answers', { answer }],
    ['refuses', { status: 400, error: { message: `I refuse: ${question}` } }],
    ['fails', { status: 500, error: { message: `I failed at: ${question}` } }],
    ['fails with a strange code', { status: 500, error: { message: 'x', code: question } }],
    ['fails with a strange type', { status: 404, error: { message: 'x', type: question } }],
    ['sends broken JSON', { rawBody: `{"broken": "${answer}` }],
    ['sends a broken chunk', { answer: [answer, answer], malformedAfterPieces: 1 }],
    [
      'sends an error chunk',
      { answer: [answer, answer], errorAfterPieces: 1, error: { message: question } },
    ],
    ['breaks off', { answer: [answer, answer], cutAfterPieces: 1 }],
  ])('is never in the log, and neither is the id, when the upstream %s', async (_, behaviour) => {
    const id = await caller.create(prompt);
    service.simulator.behave(behaviour);
    await caller.chat(id, question);
    await caller.chat(id, question, streamed);
    for (const path of ['context', 'regenerate', 'store', 'rollback', 'finish', 'chat']) {
      await caller.post(path, path === 'store' ? '' : question, { conversation: id });
    }
    expect(service.simulator.totalCalls).toBeGreaterThanOrEqual(2);
    expect(service.log.text).not.toContain(id);
    for (const said of ['whales', 'tide tables', 'lighthouse']) {
      expect(service.log.text).not.toContain(said);
    }
  });

  it('is not in the log when the database refuses it', async () => {
    const id = await caller.create(prompt);
    // SQLite's own errors name columns, but a careless driver names the values too.
    const failure = new Error('NOT NULL constraint failed');
    jest.spyOn(service.app.get(Database), 'write').mockRejectedValue(failure);
    expect((await caller.chat(id, question)).status).toBeGreaterThanOrEqual(500);
    jest.restoreAllMocks();
    expect(service.log.text).toContain('NOT NULL');
    expect(service.log.text).not.toContain(id);
    expect(service.log.text).not.toContain('whales');
  });
});
