import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { Caller } from '../support/caller.js';
import { OpenStream } from '../support/open-stream.js';
import { createEmptyPostgresDatabase, dropPostgresDatabase } from '../support/postgres-database.js';
import { storedClaim } from '../support/stored.js';
import { until } from '../support/until.js';
import { leaseSeconds, Replicas } from './replicas.js';

let simulator: Simulator;
let databaseUrl: string;
let replicas: Replicas;
let here: Caller;
let there: Caller;
let id: string;

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());
beforeEach(async () => {
  databaseUrl = await createEmptyPostgresDatabase();
  replicas = new Replicas(databaseUrl, simulator);
  [here, there] = (await replicas.start(2)).map((url) => new Caller(url)) as [Caller, Caller];
  id = await here.create();
  await there.chat(id, 'before');
  simulator.reset();
});
afterEach(async () => {
  simulator.reset();
  await replicas.close();
  await dropPostgresDatabase(databaseUrl);
});

const before = ['before', 'You said: before'];

/** Until the other replica may take a turn. @returns how often it was told to wait */
async function chatWhenFree(question: string): Promise<number> {
  let refusals = 0;
  await until('the lease is over', async () => {
    const { status, headers } = await there.chat(id, question);
    if (status === 409) {
      refusals += 1;
      expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(leaseSeconds);
      return false;
    }
    expect(status).toBe(200);
    return true;
  });
  return refusals;
}

describe('a replica that is stopped past its lease', () => {
  it.each([
    ['plain', {}],
    ['streamed', { accept: 'text/event-stream' }],
  ])('and continues writes nothing: %s', async (_, headers) => {
    simulator.behave({ answer: ['never ', 'kept'], holdAfterPieces: 1, holdBeforeAnswer: true });
    const lost = here.chat(id, 'lost', headers);
    await simulator.waitForCalls(1);
    replicas.processes[0]?.kill('SIGSTOP');
    simulator.behave({});
    expect(await chatWhenFree('meanwhile')).toBeGreaterThanOrEqual(1);
    simulator.release();
    replicas.processes[0]?.kill('SIGCONT');
    const { status, text } = await lost;
    if (status === 200) expect(text).toContain('event: error');
    else expect(status).toBeGreaterThanOrEqual(500);
    const expected = [...before, 'meanwhile', 'You said: meanwhile'];
    expect(await here.sentences(id)).toEqual(expected);
    expect(await here.chat(id, 'and on')).toMatchObject({ status: 200 });
    expect(await there.sentences(id)).toEqual([...expected, 'and on', 'You said: and on']);
  });
});

describe('a replica that is stopped past its lease while nobody else comes', () => {
  it('keeps its turn when it continues', async () => {
    simulator.behave({ answer: ['late, ', 'but kept'], holdAfterPieces: 1 });
    const stream = new OpenStream(
      await here.open('chat', 'long', { conversation: id, accept: 'text/event-stream' }),
    );
    await stream.pieces(1);
    replicas.processes[0]?.kill('SIGSTOP');
    const { claim } = storedClaim(databaseUrl, id);
    await until('its lease is over', () => {
      return Number(storedClaim(databaseUrl, id).lease_until) < Date.now();
    });
    simulator.release();
    replicas.processes[0]?.kill('SIGCONT');
    expect(claim).not.toBeNull();
    expect(await stream.whole()).toMatchObject({ text: 'late, but kept', done: true });
    expect(await there.sentences(id)).toEqual([...before, 'long', 'late, but kept']);
  }, 60_000);
});

describe('a replica that is killed', () => {
  it('leaves its conversation to others within the lease', async () => {
    simulator.behave({ holdBeforeAnswer: true });
    const lost = here.chat(id, 'lost').catch(() => null);
    await simulator.waitForCalls(1);
    await replicas.processes[0]?.stop('SIGKILL');
    expect(await lost).toBeNull();
    simulator.reset();
    expect(await chatWhenFree('after')).toBeGreaterThanOrEqual(1);
    expect(await there.sentences(id)).toEqual([...before, 'after', 'You said: after']);
  });
});

describe('a long answer that streams', () => {
  it('keeps its conversation by renewal, whatever others ask', async () => {
    simulator.behave({ answer: ['a', 'b'], holdAfterPieces: 1 });
    const stream = new OpenStream(
      await here.open('chat', 'long', { conversation: id, accept: 'text/event-stream' }),
    );
    await stream.pieces(1);
    const first = Number(storedClaim(databaseUrl, id).lease_until);
    await until('its first lease would be over', async () => {
      expect(await there.chat(id, 'meanwhile')).toMatchObject({ status: 409 });
      return Number(storedClaim(databaseUrl, id).lease_until) > first + leaseSeconds * 1_000;
    });
    simulator.release();
    expect(await stream.whole()).toMatchObject({ text: 'ab', done: true });
    expect(await there.sentences(id)).toEqual([...before, 'long', 'ab']);
  });
});
