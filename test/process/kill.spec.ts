import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { Caller } from '../support/caller.js';
import { OpenStream } from '../support/open-stream.js';
import { query, storedItems } from '../support/stored.js';
import { until } from '../support/until.js';
import { AliceProcess, removeFolder, workFolder } from './alice-process.js';
import { answering, killings, untilAsked } from './killings.js';

const leaseSeconds = 2;
const streamed = { accept: 'text/event-stream' };
let simulator: Simulator;
let folder: string;
let databaseFile: string;
let processes: AliceProcess[];

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());
beforeEach(() => {
  folder = workFolder();
  databaseFile = join(folder, 'alice.db');
  processes = [];
});
afterEach(async () => {
  simulator.reset();
  for (const alice of processes) await alice.stop('SIGKILL');
  removeFolder(folder);
});

/** Another process on the same database file. */
async function start(): Promise<{ alice: AliceProcess; caller: Caller }> {
  const alice = new AliceProcess({
    folder,
    variables: {
      OPENAI_BASE_URL: simulator.baseUrl,
      DATABASE_URL: `sqlite:${databaseFile}`,
      TURN_LEASE_SECONDS: String(leaseSeconds),
    },
  });
  processes.push(alice);
  return { alice, caller: new Caller(await alice.url()) };
}

/** Asks until the dead turn's lease is over. @returns how often it was told to wait */
async function chatWhenFree(caller: Caller, id: string, question: string): Promise<number> {
  let refusals = 0;
  await until('the lease of the dead turn is over', async () => {
    const { status, text, headers } = await caller.chat(id, question);
    if (status === 409) {
      refusals += 1;
      expect(text).toBe('AI is thinking');
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(leaseSeconds);
      return false;
    }
    expect(status).toBe(200);
    return true;
  });
  return refusals;
}

describe('kill -9', () => {
  it('again and again loses no turn whose end was seen and leaves no half turn', async () => {
    let { alice, caller } = await start();
    const id = await caller.create();
    const expected: string[] = [];
    for (const [moment, kill] of killings) {
      const question = `killed ${moment}`;
      simulator.reset();
      const wasSeen = await kill({ alice, caller, simulator, id, question });
      await alice.end();
      simulator.reset();
      ({ alice, caller } = await start());
      const items = storedItems(databaseFile, id);
      const roles = items.map(({ role }) => role);
      const questions = items
        .filter(({ role }) => role === 'user')
        .map(({ content }) => JSON.parse(content) as string);
      // No half turn: questions and answers come in pairs, turn by turn.
      expect({ moment, roles }).toEqual({
        moment,
        roles: questions.flatMap(() => ['user', 'assistant']),
      });
      const isKept = questions.includes(question);
      if (wasSeen) expect({ moment, isKept }).toEqual({ moment, isKept: true });
      if (isKept) expected.push(question);
      // Everything kept before is still there exactly once, in order.
      expect(questions).toEqual(expected);
      expect(await caller.sentences(id)).toHaveLength(2 * expected.length);
      const next = `next, after ${moment}`;
      await chatWhenFree(caller, id, next);
      expected.push(next);
    }
    expect(query(databaseFile, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  });

  it('during a turn leaves its conversation to others after at most the lease', async () => {
    const first = await start();
    const second = await start();
    const id = await first.caller.create();
    await first.caller.chat(id, 'before');
    answering(simulator, ['never seen'], { holdBeforeAnswer: true });
    const lost = first.caller.chat(id, 'lost').catch(() => null);
    await untilAsked(simulator, 'lost');
    await first.alice.stop('SIGKILL');
    simulator.reset();
    expect(await lost).toBeNull();
    expect(await chatWhenFree(second.caller, id, 'after')).toBeGreaterThanOrEqual(1);
    expect(await second.caller.sentences(id)).toEqual([
      'before',
      'You said: before',
      'after',
      'You said: after',
    ]);
  });

  it('during a regenerate leaves the old answer', async () => {
    const first = await start();
    const id = await first.caller.create();
    await first.caller.chat(id, 'again?');
    simulator.reset();
    answering(simulator, ['a ', 'better ', 'one'], { holdAfterPieces: 2 });
    const stream = new OpenStream(
      await first.caller.open('regenerate', '', { conversation: id, ...streamed }),
    );
    await stream.pieces(2);
    await first.alice.stop('SIGKILL');
    simulator.reset();
    const { caller } = await start();
    expect(await caller.sentences(id)).toEqual(['again?', 'You said: again?']);
  });

  it('does not let a used uuid pass again', async () => {
    const uuid = randomUUID();
    const secret = 'the-shared-secret-of-normal-auth';
    const token = createHash('sha256')
      .update(secret + uuid)
      .digest('hex');
    const statuses: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      const alice = new AliceProcess({
        folder,
        variables: { AUTH_MODE: 'normal', TOKEN: secret, DATABASE_URL: `sqlite:${databaseFile}` },
      });
      processes.push(alice);
      const caller = new Caller(await alice.url(), { uuid, token });
      statuses.push((await caller.post('create')).status);
      await alice.stop('SIGKILL');
    }
    expect(statuses).toEqual([200, 401]);
  });
});
