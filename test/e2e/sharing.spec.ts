import { ShareExpiryTask } from '../../src/sharing/share-expiry.task.js';
import { Caller, type Answer } from '../support/caller.js';
import { countRows } from '../support/database-file.js';
import { startService, token, type TestService } from '../support/service.js';
import { withService } from '../support/with-service.js';

const shareId = /^share_[0-9A-Za-z]{22}$/;

let service: TestService;
let caller: Caller;

beforeAll(async () => {
  service = await startService();
  caller = new Caller(service.url);
});
afterAll(() => service.close());
afterEach(() => {
  service.simulator.reset();
});

/** A conversation with one turn. */
async function conversation(): Promise<string> {
  const id = await caller.create('A prompt.\n');
  await caller.chat(id, 'Q1');
  return id;
}

/** @returns the share's own id */
async function store(id: string): Promise<string> {
  const answer = await caller.post('store', '', { conversation: id });
  expect(answer).toMatchObject({ status: 200, text: '保存成功' });
  return answer.headers.get('share') ?? '';
}

/** What anyone sees under an id. */
async function shared(id: string): Promise<unknown> {
  const answer = await new Caller(service.url, {}).get(`/chatgpt/share/${id}`);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text) as unknown;
}

/** How anyone who asks for these ids is answered. */
async function statuses(ids: readonly string[]): Promise<number[]> {
  const answers = ids.map((id) => new Caller(service.url, {}).get(`/chatgpt/share/${id}`));
  return (await Promise.all(answers)).map(({ status }) => status);
}

const dayMs = 86_400_000;
const turn1 = ['Q1', 'You said: Q1'];
const turn2 = ['Q2', 'You said: Q2'];

describe('POST /chatgpt/store', () => {
  it('answers with an id of the share of its own, each time another', async () => {
    const id = await conversation();
    const first = await store(id);
    expect(first).toMatch(shareId);
    expect(await store(id)).not.toBe(first);
  });

  it('stores a conversation in which nothing was said', async () => {
    const id = await caller.create('P');
    expect(await shared(await store(id))).toMatchObject({ Prompt: '', SentenceList: [] });
  });
});

describe('GET /chatgpt/share/:id', () => {
  it('echoes the id that was asked for', async () => {
    const id = await conversation();
    const own = await store(id);
    const content = { Prompt: '', SentenceList: turn1 };
    expect(await shared(id)).toEqual({ Id: id, ...content });
    expect(await shared(own)).toEqual({ Id: own, ...content });
  });

  it('shows the newest share under the id of the conversation', async () => {
    const id = await conversation();
    const first = await store(id);
    await caller.chat(id, 'Q2');
    expect(await shared(id)).toMatchObject({ SentenceList: turn1 });
    const second = await store(id);
    expect(await shared(id)).toMatchObject({ SentenceList: [...turn1, ...turn2] });
    expect(await shared(first)).toMatchObject({ SentenceList: turn1 });
    expect(await shared(second)).toMatchObject({ SentenceList: [...turn1, ...turn2] });
  });

  it('shows the newest share when two were stored in one moment', async () => {
    const id = await conversation();
    for (let turn = 2; turn < 6; turn += 1) {
      await store(id);
      await caller.chat(id, `Q${turn}`);
      await store(id);
      expect(await shared(id)).toMatchObject({ SentenceList: await caller.sentences(id) });
    }
  });

  it('does not change with the conversation', async () => {
    const id = await conversation();
    const own = await store(id);
    await caller.post('regenerate', '', { conversation: id });
    await caller.post('rollback', '', { conversation: id });
    await caller.chat(id, 'Q2');
    expect(await shared(own)).toMatchObject({ SentenceList: turn1 });
    expect(await shared(id)).toMatchObject({ SentenceList: turn1 });
  });

  it('outlives the end of its conversation', async () => {
    const id = await conversation();
    const own = await store(id);
    await caller.post('finish', '', { conversation: id });
    expect(await shared(own)).toMatchObject({ SentenceList: turn1 });
    expect(await shared(id)).toMatchObject({ SentenceList: turn1 });
    expect((await caller.post('store', '', { conversation: id })).status).toBe(404);
  });

  it('outlives the expiry of its conversation', async () => {
    const id = await conversation();
    const own = await store(id);
    service.clock.advance(10 * 86_400_000);
    expect((await caller.post('context', '', { conversation: id })).status).toBe(404);
    expect(await shared(own)).toMatchObject({ SentenceList: turn1 });
    expect(await shared(id)).toMatchObject({ SentenceList: turn1 });
  });

  it("finds nothing under a share's id for a conversation", async () => {
    const own = await store(await conversation());
    const answer = await caller.post('context', '', { conversation: own });
    expect(answer.status).toBe(404);
  });
});

describe('a share that is shown', () => {
  it('tells search engines and browsers to do nothing with it, also where there is none', async () => {
    const own = await store(await conversation());
    for (const id of [own, 'share_none']) {
      const { headers } = await new Caller(service.url, {}).get(`/chatgpt/share/${id}`);
      expect(headers.get('x-robots-tag')).toBe('noindex');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('content-security-policy')).toBe("default-src 'none'");
    }
  });

  it('expires after SHARE_TTL_DAYS, and is deleted by the next sweep', async () => {
    const id = await conversation();
    const [first, sweep] = [await store(id), service.app.get(ShareExpiryTask, { strict: false })];
    service.clock.advance(200 * dayMs);
    const [newer] = [await store(await conversation())];
    service.clock.advance(164 * dayMs);
    expect(await shared(first)).toMatchObject({ SentenceList: turn1 });
    await sweep.sweep();
    expect(await statuses([first, id, newer])).toEqual([200, 200, 200]);
    service.clock.advance(2 * dayMs);
    expect(await statuses([first, id, newer])).toEqual([404, 404, 200]);
    const before = countRows(service, 'shares');
    expect(await sweep.sweep()).toBeGreaterThan(0);
    expect(countRows(service, 'shares')).toBeLessThan(before);
    expect(await statuses([first, id, newer])).toEqual([404, 404, 200]);
  });

  it('is for ever with SHARE_TTL_DAYS=0', async () => {
    await withService({ SHARE_TTL_DAYS: '0' }, async (other, callers) => {
      const id = await callers.create('A secret prompt.');
      await callers.chat(id, 'Q1');
      const own = (await callers.post('store', '', { conversation: id })).headers.get('share');
      other.clock.advance(10_000 * dayMs);
      expect(await other.app.get(ShareExpiryTask, { strict: false }).sweep()).toBe(0);
      const answer = await new Caller(other.url, {}).get(`/chatgpt/share/${own}`);
      expect(JSON.parse(answer.text)).toEqual({ Id: own, Prompt: '', SentenceList: turn1 });
    });
  });
});

describe('DELETE /chatgpt/share/:id', () => {
  async function remove(id: string, headers: Record<string, string> = { token }): Promise<Answer> {
    const answer = await fetch(`${service.url}/chatgpt/share/${id}`, { method: 'DELETE', headers });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  it('takes back one share, and leaves the others and the conversation', async () => {
    const id = await conversation();
    const [first, second] = [await store(id), await store(id)];
    const answer = await remove(second);
    expect(answer).toMatchObject({ status: 200, text: 'Share deleted' });
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await statuses([second, first, id])).toEqual([404, 200, 200]);
    expect(await remove(second)).toMatchObject({
      status: 404,
      text: 'Failed to find shared conversation with provided id',
    });
    expect(await caller.sentences(id)).toEqual(turn1);
  });

  it("takes back all of a conversation by the conversation's id, also when that is gone", async () => {
    const [id, other] = [await conversation(), await conversation()];
    const shares = [await store(id), await store(id)];
    const kept = await store(other);
    await caller.post('finish', '', { conversation: id });
    expect((await remove(id)).status).toBe(200);
    expect(await statuses([id, ...shares, kept])).toEqual([404, 404, 404, 200]);
  });

  it('is for who has the token', async () => {
    const own = await store(await conversation());
    expect((await remove(own, {})).status).toBe(401);
    expect(await statuses([own])).toEqual([200]);
  });

  it('says 404 for what was never there', async () => {
    expect((await remove('share_none')).status).toBe(404);
  });
});

describe('reading while a turn runs', () => {
  it.each(['chat', 'regenerate'])('shows the last committed state during %s', async (path) => {
    const id = await conversation();
    service.simulator.reset();
    service.simulator.behave({ holdBeforeAnswer: true, answer: 'new' });
    const running = caller.post(path, 'Q2', { conversation: id });
    await service.simulator.waitForCalls(1);
    expect(await caller.sentences(id)).toEqual(turn1);
    const context = await caller.post('context', '', { conversation: id });
    expect(context.text).toBe('A prompt.\n\nuser: Q1\nassistant: You said: Q1');
    const own = await store(id);
    expect(await shared(own)).toMatchObject({ SentenceList: turn1 });
    service.simulator.release();
    expect(await running).toMatchObject({ status: 200, text: 'new' });
    expect(await caller.sentences(id)).toEqual(
      path === 'chat' ? [...turn1, 'Q2', 'new'] : ['Q1', 'new'],
    );
    expect(await shared(own)).toMatchObject({ SentenceList: turn1 });
  });
});
