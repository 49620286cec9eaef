import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import OpenAI from 'openai';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { Caller, type Answer } from '../support/caller.js';
import { token } from '../support/service.js';
import { storedItems } from '../support/stored.js';
import { until } from '../support/until.js';
import { AliceProcess, removeFolder, workFolder } from './alice-process.js';
import { killings, untilAsked } from './killings.js';

const leaseSeconds = 2;
let simulator: Simulator;
let folder: string;
let databaseFile: string;
let alice: AliceProcess;
let url: string;

// Each test ends with the service started again, for the next one.
beforeAll(async () => {
  simulator = await startSimulator();
  folder = workFolder();
  databaseFile = join(folder, 'alice.db');
  await start();
});
afterEach(() => {
  simulator.reset();
});
afterAll(async () => {
  await alice.stop('SIGKILL');
  removeFolder(folder);
  await simulator.close();
});

/** The service, again on the same database. */
async function start(): Promise<void> {
  alice = new AliceProcess({
    folder,
    variables: {
      OPENAI_BASE_URL: simulator.baseUrl,
      DATABASE_URL: `sqlite:${databaseFile}`,
      TURN_LEASE_SECONDS: String(leaseSeconds),
    },
  });
  url = await alice.url();
  simulator.reset();
}

/** Sends the call again until it is neither running nor waiting for the dead one's lease. */
async function repeated(caller: Caller, id: string, question: string): Promise<Answer> {
  const answers: Answer[] = [];
  await until('the lease of the dead call is over', async () => {
    const answer = await caller.chat(id, question);
    if (answer.status === 409) {
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(leaseSeconds);
      return false;
    }
    answers.push(answer);
    return true;
  });
  return answers[0]!;
}

/** Without the service's own look at the list of models. */
function turnsAsked(): number {
  return simulator.calls.filter(({ path }) => path.endsWith('/chat/completions')).length;
}

function contents(id: string): unknown[] {
  return storedItems(databaseFile, id).map(({ content }) => JSON.parse(content) as unknown);
}

describe('kill -9 during a call with an Idempotency-Key', () => {
  it.each(killings)('doubles nothing when it is repeated: %s', async (moment, kill) => {
    const id = await new Caller(url).create();
    const question = 'only once';
    // All that it sends has the key, so that the killings need not know of it.
    const credentials = { token, 'idempotency-key': randomUUID() };
    const caller = new Caller(url, credentials);
    simulator.reset();
    await kill({ alice, caller, simulator, id, question });
    await alice.end();
    const wasKept = contents(id).length > 0;
    await start();
    const streamed = /a stream|last piece/.test(moment) ? { accept: 'text/event-stream' } : {};
    const again = new Caller(url, { ...credentials, ...streamed });
    const answer = await repeated(again, id, question);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('idempotency-replayed')).toBe(wasKept ? 'true' : null);
    expect(turnsAsked()).toBe(wasKept ? 0 : 1);
    expect(contents(id)).toEqual([question, expect.any(String)]);
  });

  it('doubles no response and no conversation', async () => {
    const client = () => new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 20 });
    const created = { headers: { 'Idempotency-Key': randomUUID() } };
    const { id } = await client().conversations.create({}, created);
    const given = { headers: { 'Idempotency-Key': randomUUID() } };
    const body = { model: 'gpt-6-luna', input: 'only once', conversation: id };
    simulator.behave({ holdBeforeAnswer: true });
    const lost = client()
      .responses.create(body, { ...given, maxRetries: 0 })
      .catch(() => null);
    await untilAsked(simulator, 'only once');
    await alice.stop('SIGKILL');
    expect(await lost).toBeNull();
    await start();
    expect((await client().conversations.create({}, created)).id).toBe(id);
    const response = await client().responses.create(body, given);
    expect(await client().responses.create(body, given)).toEqual(response);
    expect(contents(id)).toHaveLength(2);
    expect(turnsAsked()).toBe(1);
  });
});

describe('SIGTERM during a call with an Idempotency-Key whose caller has left', () => {
  it('lets it finish, and its repeat finds the answer', async () => {
    const id = await new Caller(url).create();
    const headers = { 'idempotency-key': randomUUID() };
    simulator.behave({ holdBeforeAnswer: true, answer: 'the last word' });
    const leaving = new AbortController();
    const opened = new Caller(url).open(
      'chat',
      'hello',
      { conversation: id, ...headers },
      leaving.signal,
    );
    await untilAsked(simulator, 'hello');
    leaving.abort();
    await expect(opened).rejects.toThrow('aborted');
    alice.kill('SIGTERM');
    await until('it is on its way out', async () => {
      return (await new Caller(url).get('/health/ready')).status === 503;
    });
    expect(alice.hasEnded()).toBe(false);
    simulator.release();
    expect(await alice.end()).toBe(0);
    await start();
    const again = await new Caller(url).chat(id, 'hello', headers);
    expect(again).toMatchObject({ status: 200, text: 'the last word' });
    expect(turnsAsked()).toBe(0);
  });
});
