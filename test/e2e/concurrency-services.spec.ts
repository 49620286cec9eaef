import { createHash, randomUUID } from 'node:crypto';
import { Caller } from '../support/caller.js';
import { token, type TestService } from '../support/service.js';
import { storedItems } from '../support/stored.js';
import { useServices } from '../support/use-service.js';

const { start } = useServices();
let first: TestService;
let second: TestService;

/** Two services on one database file and one upstream. */
async function startTwo(variables: Record<string, string> = {}): Promise<void> {
  ({ service: first } = await start(variables));
  const shared = { OPENAI_BASE_URL: first.simulator.baseUrl };
  ({ service: second } = await start({ ...variables, ...shared }, first.folder));
  // The second one's look at the models at its start is no call of these tests.
  first.simulator.reset();
}

describe('two services on one database', () => {
  it.each(['chat', 'regenerate', 'rollback', 'finish'])(
    'refuse %s at the one while a turn runs at the other',
    async (path) => {
      await startTwo();
      const here = new Caller(first.url);
      const there = new Caller(second.url);
      const id = await here.create();
      await here.chat(id, 'one');
      first.simulator.reset();
      first.simulator.behave({ holdBeforeAnswer: true });
      const running = here.chat(id, 'two');
      await first.simulator.waitForCalls(1);
      const refused = await there.post(path, 'meanwhile', { conversation: id });
      expect(refused).toMatchObject({ status: 409, text: 'AI is thinking' });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(await there.sentences(id)).toEqual(['one', 'You said: one']);
      first.simulator.release();
      expect(await running).toMatchObject({ status: 200 });
      expect(await there.sentences(id)).toEqual(['one', 'You said: one', 'two', 'You said: two']);
      expect(await there.post('rollback', '', { conversation: id })).toMatchObject({ status: 200 });
      expect(await here.sentences(id)).toEqual(['one', 'You said: one']);
    },
  );

  it('do a call with an Idempotency-Key once, wherever it is sent', async () => {
    await startTwo();
    const callers = [new Caller(first.url), new Caller(second.url)];
    const id = await callers[0]!.create();
    const key = { 'idempotency-key': randomUUID() };
    first.simulator.behave({ holdBeforeAnswer: true, answer: 'once' });
    let refusals = 0;
    const chats = Array.from({ length: 50 }, async (_, index) => {
      const { status } = await callers[index % 2]!.chat(id, 'hello', key);
      if (status === 409) refusals += 1;
      if (refusals === 49) first.simulator.release();
      return status;
    });
    const statuses = await Promise.all(chats);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(first.simulator.totalCalls).toBe(1);
    for (const caller of callers) {
      const again = await caller.chat(id, 'hello', key);
      expect(again).toMatchObject({ status: 200, text: 'once' });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    }
    expect(await callers[1]!.sentences(id)).toEqual(['hello', 'once']);
  });

  it('run one of 50 simultaneous chats, wherever they were sent', async () => {
    await startTwo();
    const callers = [new Caller(first.url), new Caller(second.url)];
    const id = await new Caller(first.url).create();
    first.simulator.behave({ holdBeforeAnswer: true, answer: 'once' });
    let refusals = 0;
    const chats = Array.from({ length: 50 }, async (_, index) => {
      const { status } = await callers[index % 2]!.chat(id, `question ${index}`);
      if (status === 409) refusals += 1;
      if (refusals === 49) first.simulator.release();
      return status;
    });
    const statuses = await Promise.all(chats);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(49);
    expect(first.simulator.totalCalls).toBe(1);
    expect(storedItems(first.databaseFile, id)).toHaveLength(2);
  });

  it('let exactly one of 50 simultaneous uses of a uuid pass', async () => {
    await startTwo({ AUTH_MODE: 'normal' });
    const uuid = randomUUID();
    const credentials = {
      uuid,
      token: createHash('sha256')
        .update(token + uuid)
        .digest('hex'),
    };
    const callers = [new Caller(first.url, credentials), new Caller(second.url, credentials)];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => callers[index % 2]!.post('create')),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 200);
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 401, text: 'Auth failed' });
    }
  });
});
