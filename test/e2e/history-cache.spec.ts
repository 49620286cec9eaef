import type { Caller } from '../support/caller.js';
import type { TestService } from '../support/service.js';
import { StatementLog } from '../support/statement-log.js';
import { useServices } from '../support/use-service.js';

const { start } = useServices();
let first: TestService;
let here: Caller;
let there: Caller;
let id: string;

/** Two services on one database and one upstream. */
async function startTwo(variables: Record<string, string> = {}): Promise<void> {
  ({ service: first, caller: here } = await start(variables));
  const shared = { OPENAI_BASE_URL: first.simulator.baseUrl };
  ({ caller: there } = await start({ ...variables, ...shared }, first.folder));
  id = await here.create('Be brief.');
  await here.chat(id, 'one');
}

/** What the model was told the last time, without the prompt. */
function messagesSent(): unknown[] {
  const body = first.simulator.calls.at(-1)?.body as { messages: { content: unknown }[] };
  return body.messages.slice(1).map(({ content }) => content);
}

const answered = (question: string): string[] => [question, `You said: ${question}`];

describe.each(['33554432', '0'])('a history kept in memory (HISTORY_CACHE_BYTES=%s)', (bytes) => {
  beforeEach(() => startTwo({ HISTORY_CACHE_BYTES: bytes }));

  it('has the turns of this process and of others', async () => {
    await there.chat(id, 'two');
    expect(messagesSent()).toEqual([...answered('one'), 'two']);
    await here.chat(id, 'three');
    expect(messagesSent()).toEqual([...answered('one'), ...answered('two'), 'three']);
    await here.chat(id, 'four');
    await there.chat(id, 'five');
    expect(messagesSent()).toEqual([...['one', 'two', 'three', 'four'].flatMap(answered), 'five']);
  });

  it('lacks what was rolled back, here or elsewhere', async () => {
    await here.chat(id, 'two');
    await there.post('rollback', '', { conversation: id });
    await here.chat(id, 'three');
    expect(messagesSent()).toEqual([...answered('one'), 'three']);
    await here.post('rollback', '', { conversation: id });
    await here.chat(id, 'four');
    expect(messagesSent()).toEqual([...answered('one'), 'four']);
  });

  it('has the new answer of a regenerated question, here or elsewhere', async () => {
    for (const caller of [here, there]) {
      first.simulator.behave({ answer: 'again' });
      await caller.post('regenerate', '', { conversation: id });
      first.simulator.behave({});
      await here.chat(id, 'two');
      expect(messagesSent()).toEqual(['one', 'again', 'two']);
      await here.post('rollback', '', { conversation: id });
    }
  });

  it('is as it was after a turn that failed', async () => {
    first.simulator.behave({ status: 400 });
    expect(await here.chat(id, 'lost')).toMatchObject({ status: 400 });
    first.simulator.behave({});
    await here.chat(id, 'two');
    expect(messagesSent()).toEqual([...answered('one'), 'two']);
  });
});

describe('what is kept in memory', () => {
  let statements: StatementLog;

  afterEach(() => {
    statements.close();
  });

  /** How often items were read since the last look, at either service. */
  function reads(): number {
    return statements.take().filter((sql) => sql.includes('FROM items')).length;
  }

  it('is not read again', async () => {
    await startTwo();
    statements = new StatementLog(first);
    await here.chat(id, 'two');
    expect(reads()).toBe(0);
    await there.chat(id, 'three');
    expect(reads()).toBe(1);
    await here.chat(id, 'four');
    expect(reads()).toBe(1);
    await here.chat(id, 'five');
    expect(reads()).toBe(0);
  });

  it('gives way to what was used later', async () => {
    await startTwo({ HISTORY_CACHE_BYTES: '4000' });
    statements = new StatementLog(first);
    const others = await Promise.all(Array.from({ length: 10 }, () => here.create()));
    for (const other of others) await here.chat(other, 'hello');
    statements.take();
    await here.chat(others.at(-1)!, 'again');
    expect(reads()).toBe(0);
    await here.chat(id, 'two');
    expect(reads()).toBe(1);
    expect(messagesSent()).toEqual([...answered('one'), 'two']);
  });
});
