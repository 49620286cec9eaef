import { join } from 'node:path';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { Caller } from '../support/caller.js';
import { OpenStream } from '../support/open-stream.js';
import { storedClaim, storedItems } from '../support/stored.js';
import { until } from '../support/until.js';
import { AliceProcess, removeFolder, workFolder } from './alice-process.js';

const streamed = { accept: 'text/event-stream' };
let simulator: Simulator;
let folder: string;
let alice: AliceProcess;
let caller: Caller;
let id: string;

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());
beforeEach(async () => {
  folder = workFolder();
  const variables = {
    OPENAI_BASE_URL: simulator.baseUrl,
    DATABASE_URL: `sqlite:${join(folder, 'alice.db')}`,
    TURN_LEASE_SECONDS: '2',
  };
  alice = new AliceProcess({ folder, variables });
  caller = new Caller(await alice.url());
  id = await caller.create();
  // The service has asked for the upstream's models at its start: those calls are not these tests'.
  simulator.reset();
});
afterEach(async () => {
  simulator.reset();
  await alice.stop('SIGKILL');
  removeFolder(folder);
});

function running(): boolean {
  return simulator.calls.some(({ path, outcome }) => {
    return path.endsWith('completions') && outcome === 'running';
  });
}

/** Until the service takes no new connections or calls. */
async function untilItRefuses(): Promise<void> {
  // Of another model than the turns, so that it is never held.
  await until('new calls are refused', async () => {
    try {
      return (
        (await caller.post('quickAnswer', '{"question":"new","convType":"gpt4"}')).status === 503
      );
    } catch {
      return true;
    }
  });
}

describe.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])('%s', (signal) => {
  it('ends an idle service with 0', async () => {
    expect(await alice.stop(signal)).toBe(0);
    await expect(caller.get('/health/live')).rejects.toThrow();
  });
});

describe('SIGTERM during a turn', () => {
  it.each([
    ['plain', {}],
    ['streamed', streamed],
  ])('lets it finish and be kept, refuses new ones, and ends with 0: %s', async (_, headers) => {
    simulator.behave({ holdBeforeAnswer: true, answer: 'the last word' }, { model: 'gpt-6-luna' });
    const answer = caller.chat(id, 'hello', headers);
    await until('the turn runs', running);
    alice.kill('SIGTERM');
    await untilItRefuses();
    expect(alice.hasEnded()).toBe(false);
    simulator.release();
    const { status, text } = await answer;
    expect(status).toBe(200);
    expect(text).toContain('word');
    expect(await alice.end()).toBe(0);
    const contents = storedItems(join(folder, 'alice.db'), id).map(({ content }) => content);
    expect(contents).toEqual(['"hello"', '"the last word"']);
  });

  it('lets a stream go on to its end', async () => {
    simulator.behave({ answer: ['a', 'b', 'c'], holdAfterPieces: 1 }, { model: 'gpt-6-luna' });
    const stream = new OpenStream(
      await caller.open('chat', 'hello', { conversation: id, ...streamed }),
    );
    await stream.pieces(1);
    alice.kill('SIGTERM');
    await untilItRefuses();
    simulator.release();
    expect(await stream.whole()).toMatchObject({ text: 'abc', done: true });
    expect(await alice.end()).toBe(0);
    expect(storedItems(join(folder, 'alice.db'), id)).toHaveLength(2);
  });

  it('lets it keep its claim for as long as it takes to finish', async () => {
    simulator.behave({ holdBeforeAnswer: true, answer: 'at last' }, { model: 'gpt-6-luna' });
    const answer = caller.chat(id, 'hello');
    await until('the turn runs', running);
    alice.kill('SIGTERM');
    await untilItRefuses();
    const leaseAtTheSignal = Number(storedClaim(join(folder, 'alice.db'), id).lease_until);
    await until('the lease at the signal would have run out', () => {
      return Date.now() > leaseAtTheSignal + 500;
    });
    simulator.release();
    expect(await answer).toMatchObject({ status: 200, text: 'at last' });
    expect(await alice.end()).toBe(0);
  });

  it('twice ends it at once', async () => {
    simulator.behave({ neverAnswer: true }, { model: 'gpt-6-luna' });
    const answer = caller.chat(id, 'hello');
    await until('the turn runs', running);
    alice.kill('SIGTERM');
    await untilItRefuses();
    alice.kill('SIGTERM');
    await expect(answer).rejects.toThrow();
    expect(await alice.end()).not.toBe(0);
    expect(storedItems(join(folder, 'alice.db'), id)).toEqual([]);
  });
});
