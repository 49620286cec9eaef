import { Caller } from '../support/caller.js';
import { countRows, insertRow, itemRows, write } from '../support/database-file.js';
import { startService, type TestService } from '../support/service.js';
import { withService } from '../support/with-service.js';

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

/** A conversation with these questions, each answered by the simulator. */
async function conversation(...questions: string[]): Promise<string> {
  const id = await caller.create();
  for (const question of questions) await caller.chat(id, question);
  service.simulator.reset();
  return id;
}

/** The user and assistant messages of the last call upstream, without the prompt. */
function lastMessages(): unknown[] {
  return (service.simulator.calls.at(-1)?.body['messages'] as unknown[]).slice(1);
}

describe('POST /chatgpt/chat', () => {
  it('answers and remembers', async () => {
    const id = await conversation();
    service.simulator.behave({ answer: '\n\nYes.\n' });
    expect(await caller.chat(id, 'May I sleep?')).toMatchObject({ status: 200, text: 'Yes.' });
    expect(await caller.sentences(id)).toEqual(['May I sleep?', 'Yes.']);
  });

  it('keeps conversations apart', async () => {
    const [one, two] = [await conversation('Q1'), await conversation('Q2')];
    expect(await caller.sentences(one)).toEqual(['Q1', 'You said: Q1']);
    expect(await caller.sentences(two)).toEqual(['Q2', 'You said: Q2']);
  });
});

describe('POST /chatgpt/rollback', () => {
  it('takes away the last turn, and the next, until nothing is left', async () => {
    const id = await conversation('Q1', 'Q2');
    const headers = { conversation: id };
    expect((await caller.post('rollback', '', headers)).text).toBe('Rollback Succeeded');
    expect(await caller.sentences(id)).toEqual(['Q1', 'You said: Q1']);
    expect((await caller.post('rollback', '', headers)).text).toBe('Rollback Succeeded');
    expect(await caller.sentences(id)).toEqual([]);
    const third = await caller.post('rollback', '', headers);
    expect(third).toMatchObject({ status: 400, text: 'Failed to rollback, dialog is empty' });
  });

  it('is forgotten by the model too', async () => {
    const id = await conversation('Q1', 'Q2');
    await caller.post('rollback', '', { conversation: id });
    await caller.chat(id, 'Q3');
    expect(lastMessages()).toEqual([
      { role: 'user', content: 'Q1' },
      { role: 'assistant', content: 'You said: Q1' },
      { role: 'user', content: 'Q3' },
    ]);
    expect(await caller.sentences(id)).toEqual(['Q1', 'You said: Q1', 'Q3', 'You said: Q3']);
  });
});

describe('POST /chatgpt/regenerate', () => {
  it('replaces the answer, as often as asked', async () => {
    const id = await conversation('Q1', 'Q2');
    for (const answer of ['second', 'third']) {
      service.simulator.behave({ answer });
      const regenerated = await caller.post('regenerate', '', { conversation: id });
      expect(regenerated).toMatchObject({ status: 200, text: answer });
      expect(await caller.sentences(id)).toEqual(['Q1', 'You said: Q1', 'Q2', answer]);
    }
    expect(itemRows(service, id)).toHaveLength(4);
    expect(lastMessages()).toEqual([
      { role: 'user', content: 'Q1' },
      { role: 'assistant', content: 'You said: Q1' },
      { role: 'user', content: 'Q2' },
    ]);
  });

  it('gives a last question without an answer its answer', async () => {
    const id = await conversation('Q1');
    insertQuestion(id, 'Q2');
    expect(await caller.sentences(id)).toEqual(['Q1', 'You said: Q1', 'Q2']);
    const answer = await caller.post('regenerate', '', { conversation: id });
    expect(answer).toMatchObject({ status: 200, text: 'You said: Q2' });
    expect(await caller.sentences(id)).toEqual(['Q1', 'You said: Q1', 'Q2', 'You said: Q2']);
    await caller.post('rollback', '', { conversation: id });
    expect(await caller.sentences(id)).toEqual(['Q1', 'You said: Q1']);
  });

  it('is undone with its question by a rollback', async () => {
    const id = await conversation('Q1', 'Q2');
    await caller.post('regenerate', '', { conversation: id });
    await caller.post('rollback', '', { conversation: id });
    expect(await caller.sentences(id)).toEqual(['Q1', 'You said: Q1']);
  });
});

describe('a conversation that ends with a question', () => {
  it('rollback takes away only the question', async () => {
    const id = await conversation('Q1');
    insertQuestion(id, 'Q2');
    await caller.post('rollback', '', { conversation: id });
    expect(await caller.sentences(id)).toEqual(['Q1', 'You said: Q1']);
  });

  it('chat goes on after it', async () => {
    const id = await conversation('Q1');
    insertQuestion(id, 'Q2');
    await caller.chat(id, 'Q3');
    expect(lastMessages().slice(2)).toEqual([
      { role: 'user', content: 'Q2' },
      { role: 'user', content: 'Q3' },
    ]);
    await caller.post('rollback', '', { conversation: id });
    expect(await caller.sentences(id)).toEqual(['Q1', 'You said: Q1', 'Q2']);
  });
});

describe('POST /chatgpt/finish', () => {
  it('leaves nothing of the conversation', async () => {
    const [id, other] = [await conversation('Q1', 'Q2'), await conversation('Q1')];
    const before = countRows(service, 'conversations');
    const answer = await caller.post('finish', '', { conversation: id });
    expect(answer).toMatchObject({ status: 200, text: 'Conversation finished' });
    for (const path of ['chat', 'regenerate', 'rollback', 'context', 'store', 'finish']) {
      const body = path === 'store' ? '' : 'Q';
      expect((await caller.post(path, body, { conversation: id })).status).toBe(404);
    }
    expect(countRows(service, 'conversations')).toBe(before - 1);
    expect(itemRows(service, id)).toEqual([]);
    expect(await caller.sentences(other)).toEqual(['Q1', 'You said: Q1']);
  });
});

describe('MAX_CONVERSATION_BYTES', () => {
  const variables = { MAX_CONVERSATION_BYTES: '600' };

  it('refuses a question that would be too much, and changes nothing', async () => {
    await withService(variables, async (service, caller) => {
      const id = await caller.create('P');
      expect((await caller.chat(id, 'Q')).status).toBe(200);
      const answer = await caller.chat(id, '觉'.repeat(120));
      expect(answer).toMatchObject({ status: 400, text: 'Conversation is too long' });
      expect(service.simulator.totalCalls).toBe(1);
      expect(await caller.sentences(id)).toEqual(['Q', 'You said: Q']);
      expect((await caller.chat(id, '觉'.repeat(20))).status).toBe(200);
    });
  });

  it('leaves rollback and finish working beyond it', async () => {
    await withService(variables, async (service, caller) => {
      const id = await caller.create('P');
      service.simulator.behave({ answer: 'x'.repeat(400), times: 1 });
      await caller.chat(id, 'Q');
      expect(await caller.chat(id, 'more')).toMatchObject({
        status: 400,
        text: 'Conversation is too long',
      });
      expect((await caller.post('context', '', { conversation: id })).status).toBe(200);
      expect((await caller.post('rollback', '', { conversation: id })).status).toBe(200);
      expect((await caller.chat(id, 'more')).status).toBe(200);
      service.simulator.behave({ answer: 'x'.repeat(400), times: 1 });
      await caller.chat(id, 'Q');
      expect((await caller.post('finish', '', { conversation: id })).status).toBe(200);
    });
  });
});

/** A turn that has a question and no answer, as another client of the database might leave it. */
function insertQuestion(conversationId: string, text: string): void {
  const items = itemRows(service, conversationId);
  const last = items.at(-1);
  insertRow(service, 'items', {
    ...items[0],
    id: `item_${conversationId.slice(5)}`,
    turn: Number(last?.['turn']) + 1,
    position: Number(last?.['position']) + 1,
    content: String(items[0]?.['content']).replace('Q1', text),
  });
  // Whoever writes items counts up the version, or others go on with what they remember.
  const count = 'UPDATE conversations SET version = version + 1 WHERE id = @id';
  write(service, count, { id: conversationId });
}
