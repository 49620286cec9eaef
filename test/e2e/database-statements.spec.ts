import { readEventStream } from '../support/caller.js';
import { OpenStream } from '../support/open-stream.js';
import { StatementLog } from '../support/statement-log.js';
import { useService } from '../support/use-service.js';

const streamed = { accept: 'text/event-stream' };
let statements: StatementLog;
let id: string;

const { service, caller } = useService();

beforeAll(() => {
  statements = new StatementLog(service);
});
afterAll(() => {
  statements.close();
});
beforeEach(async () => {
  id = await caller.create();
  await caller.chat(id, 'before');
  service.simulator.reset();
  statements.take();
});

describe('a turn', () => {
  it.each([
    ['plain', {}],
    ['streamed', streamed],
  ])('is at most four statements: %s chat', async (_, headers) => {
    expect(await caller.chat(id, 'hello', headers)).toMatchObject({ status: 200 });
    const taken = statements.take();
    expect(taken.length).toBeGreaterThanOrEqual(3);
    expect(taken.length).toBeLessThanOrEqual(4);
  });

  it('is as few statements with a long history', async () => {
    for (let turn = 0; turn < 20; turn += 1) await caller.chat(id, `turn ${turn}`);
    statements.take();
    await caller.chat(id, 'hello');
    expect(statements.take().length).toBeLessThanOrEqual(4);
  });

  it('writes nothing for a streamed piece', async () => {
    service.simulator.behave({ pieces: 300 });
    const answer = await caller.chat(id, 'hello', streamed);
    expect(readEventStream(answer.text)).toMatchObject({ done: true });
    expect(readEventStream(answer.text).pieces.length).toBeGreaterThanOrEqual(300);
    expect(statements.take().length).toBeLessThanOrEqual(4);
  });

  it('runs nothing while pieces come', async () => {
    service.simulator.behave({ pieces: 40, holdAfterPieces: 30 });
    const stream = new OpenStream(
      await caller.open('chat', 'hello', { conversation: id, ...streamed }),
    );
    await stream.pieces(1);
    const atTheClaim = statements.take();
    expect(atTheClaim).not.toEqual([]);
    await stream.pieces(30);
    expect(statements.take()).toEqual([]);
    service.simulator.release();
    await stream.whole();
    expect(atTheClaim.length + statements.take().length).toBeLessThanOrEqual(4);
  });
});

describe('an answer without a conversation', () => {
  it.each([
    ['quickAnswer', '{"question":"hello"}'],
    ['summary', 'An article.'],
  ])('touches no database: %s', async (path, body) => {
    expect(await caller.post(path, body)).toMatchObject({ status: 200 });
    expect(statements.take()).toEqual([]);
  });
});
