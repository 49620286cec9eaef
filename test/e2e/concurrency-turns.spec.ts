import { query, storedItems } from '../support/stored.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService();

/** A conversation with one turn said and a second one held at the upstream. */
async function withHeldTurn() {
  const id = await caller.create();
  await caller.chat(id, 'first');
  service.simulator.reset();
  service.simulator.behave({ holdBeforeAnswer: true, answer: 'second answer' });
  const running = caller.chat(id, 'second');
  await service.simulator.waitForCalls(1);
  return { id, running };
}

describe('50 simultaneous chats on one conversation', () => {
  it('run one turn, refuse the others with 409, and store exactly one turn', async () => {
    const id = await caller.create();
    service.simulator.behave({ holdBeforeAnswer: true, answer: 'the only answer' });
    const refused: { text: string; retryAfter: number }[] = [];
    const chats = Array.from({ length: 50 }, async (_, index) => {
      const { status, text, headers } = await caller.chat(id, `question ${index}`);
      if (status === 409) refused.push({ text, retryAfter: Number(headers.get('retry-after')) });
      // The one that runs is let go when all others have their answer.
      if (refused.length === 49) service.simulator.release();
      return { status, text };
    });
    const answers = await Promise.all(chats);
    expect(answers.filter(({ status }) => status === 200)).toEqual([
      { status: 200, text: 'the only answer' },
    ]);
    expect(refused).toHaveLength(49);
    for (const { text, retryAfter } of refused) {
      expect(text).toBe('AI is thinking');
      expect(retryAfter).toBeGreaterThanOrEqual(1);
      expect(retryAfter).toBeLessThanOrEqual(30);
    }
    expect(service.simulator.totalCalls).toBe(1);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect(await caller.sentences(id)).toEqual([`question ${winner}`, 'the only answer']);
    expect(storedItems(service.databaseFile, id)).toHaveLength(2);
  });

  it('store every turn that was answered, whole and in order, when nothing is held', async () => {
    const id = await caller.create();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => caller.chat(id, `q${index}`)),
    );
    const served = answers.filter(({ status }) => status === 200).map(({ text }) => text);
    expect(served.length).toBeGreaterThanOrEqual(1);
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    const sentences = (await caller.sentences(id)) as string[];
    const stored = sentences.filter((_, index) => index % 2 === 1);
    expect([...stored].sort()).toEqual([...served].sort());
    const said = sentences.filter((_, index) => index % 2 === 0).map((text) => `You said: ${text}`);
    expect(stored).toEqual(said);
  });
});

describe('500 simultaneous creates', () => {
  it('give 500 distinct conversations that all exist', async () => {
    const ids = await Promise.all(Array.from({ length: 500 }, () => caller.create()));
    expect(new Set(ids).size).toBe(500);
    for (const id of ids) expect(id).toMatch(/^conv_[0-9A-Za-z]{22}$/);
    const rows = query<{ id: string }>(service.databaseFile, 'SELECT id FROM conversations');
    const stored = new Set(rows.map(({ id }) => id));
    expect(ids.filter((id) => !stored.has(id))).toEqual([]);
    const contexts = await Promise.all(ids.slice(0, 50).map((id) => caller.sentences(id)));
    expect(contexts).toEqual(contexts.map(() => []));
  });
});

describe('while a turn runs', () => {
  it.each(['chat', 'regenerate', 'rollback', 'finish'])(
    'refuses %s with 409 and Retry-After, and the turn is kept',
    async (path) => {
      const { id, running } = await withHeldTurn();
      const refused = await caller.post(path, 'meanwhile', { conversation: id });
      expect(refused).toMatchObject({ status: 409, text: 'AI is thinking' });
      const retryAfter = refused.headers.get('retry-after');
      expect(retryAfter).toMatch(/^\d+$/);
      expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
      expect(Number(retryAfter)).toBeLessThanOrEqual(30);
      service.simulator.release();
      expect((await running).text).toBe('second answer');
      expect(await caller.sentences(id)).toEqual([
        'first',
        'You said: first',
        'second',
        'second answer',
      ]);
    },
  );

  it('refuses a streamed chat with a status, not with a stream', async () => {
    const { id, running } = await withHeldTurn();
    const refused = await caller.chat(id, 'meanwhile', { accept: 'text/event-stream' });
    expect(refused).toMatchObject({ status: 409, text: 'AI is thinking' });
    expect(refused.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    service.simulator.release();
    await running;
  });

  it('shows the last committed state in context, contextArray and store', async () => {
    const { id, running } = await withHeldTurn();
    const context = await caller.post('context', '', { conversation: id });
    expect(context.status).toBe(200);
    expect(context.text).toContain('user: first\nassistant: You said: first');
    expect(context.text).not.toContain('second');
    expect(await caller.sentences(id)).toEqual(['first', 'You said: first']);
    const stored = await caller.post('store', '', { conversation: id });
    expect(stored).toMatchObject({ status: 200, text: '保存成功' });
    service.simulator.release();
    await running;
    const share = await caller.get(`/chatgpt/share/${String(stored.headers.get('share'))}`);
    expect(JSON.parse(share.text)).toMatchObject({ SentenceList: ['first', 'You said: first'] });
  });

  it('keeps the old answer until a regenerated one is there', async () => {
    const id = await caller.create();
    await caller.chat(id, 'again?');
    service.simulator.reset();
    service.simulator.behave({ holdBeforeAnswer: true, answer: 'a better answer' });
    const running = caller.post('regenerate', '', { conversation: id });
    await service.simulator.waitForCalls(1);
    expect(await caller.sentences(id)).toEqual(['again?', 'You said: again?']);
    service.simulator.release();
    expect((await running).text).toBe('a better answer');
    expect(await caller.sentences(id)).toEqual(['again?', 'a better answer']);
  });

  it('leaves other conversations alone', async () => {
    const { running } = await withHeldTurn();
    service.simulator.behave({});
    const other = await caller.create();
    expect(await caller.chat(other, 'hello')).toMatchObject({ status: 200 });
    service.simulator.release();
    expect(await running).toMatchObject({ status: 200 });
  });
});
