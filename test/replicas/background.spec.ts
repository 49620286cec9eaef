import OpenAI from 'openai';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { createEmptyPostgresDatabase, dropPostgresDatabase } from '../support/postgres-database.js';
import { token } from '../support/service.js';
import { until } from '../support/until.js';
import { Replicas } from './replicas.js';

const model = 'gpt-6-luna';
let simulator: Simulator;
let databaseUrl: string;
let replicas: Replicas;
let here: OpenAI;
let there: OpenAI;
let conversation: string;

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());
beforeEach(async () => {
  databaseUrl = await createEmptyPostgresDatabase();
  replicas = new Replicas(databaseUrl, simulator);
  const clients = (await replicas.start(2)).map(
    (url) => new OpenAI({ baseURL: `${url}/v1`, apiKey: token }),
  );
  [here, there] = clients as [OpenAI, OpenAI];
  ({ id: conversation } = await here.conversations.create());
  simulator.reset();
});
afterEach(async () => {
  simulator.reset();
  await replicas.close();
  await dropPostgresDatabase(databaseUrl);
});

/** Begins a response at one replica, of which nothing is said yet. */
async function begin(): Promise<string> {
  simulator.behave({ holdBeforeAnswer: true, answer: 'never kept' });
  const params = { model, input: 'lost', conversation, background: true };
  const { id } = await here.responses.create(params);
  await simulator.waitForCalls(1);
  expect(await there.responses.retrieve(id)).toMatchObject({ status: 'in_progress' });
  simulator.behave({});
  return id;
}

/** Until the response has failed, as the other replica sees it. */
function untilFailed(id: string): Promise<void> {
  return until('the response has failed', async () => {
    const { status, error } = await there.responses.retrieve(id);
    if (status === 'in_progress') return false;
    expect({ status, code: error?.code }).toEqual({ status: 'failed', code: 'server_error' });
    return true;
  });
}

/** Asks at the other replica, as soon as the conversation is free there. */
async function askWhenFree(): Promise<void> {
  await until('the conversation is free', () =>
    there.responses.create({ model, input: 'next', conversation }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof OpenAI.BadRequestError) return false;
        throw error;
      },
    ),
  );
}

async function texts(): Promise<string[]> {
  const { data } = await there.conversations.items.list(conversation, { order: 'asc' });
  return data.map((item) => (item.type === 'message' ? JSON.stringify(item.content) : item.type));
}

function expectNextOnly(contents: string[]): void {
  expect(contents).toEqual([
    expect.stringContaining('next') as string,
    expect.stringContaining('You said: next') as string,
  ]);
}

describe('a response in the background', () => {
  it('is cancelled by the other replica: at once in the database, soon at the model', async () => {
    const id = await begin();
    expect((await there.responses.cancel(id)).status).toBe('cancelled');
    await there.responses.create({ model, input: 'next', conversation });
    await simulator.waitForOutcome(0, 'left');
    expect(await here.responses.retrieve(id)).toMatchObject({ status: 'cancelled' });
    expectNextOnly(await texts());
  });

  it('has failed when its replica was killed and the lease is over', async () => {
    const id = await begin();
    await replicas.processes[0]?.stop('SIGKILL');
    await untilFailed(id);
    await askWhenFree();
    expectNextOnly(await texts());
  });

  it('has failed when its replica was stopped for too long, whatever that does later', async () => {
    const id = await begin();
    replicas.processes[0]?.kill('SIGSTOP');
    await untilFailed(id);
    await askWhenFree();
    const failed = await there.responses.retrieve(id);
    simulator.release();
    replicas.processes[0]?.kill('SIGCONT');
    await until('the replica has noticed', async () => {
      const { status } = await here.responses.create({ model, input: 'and on', background: true });
      return status === 'in_progress';
    });
    await until('nothing runs there', () => simulator.running() === 0);
    expect(await here.responses.retrieve(id)).toEqual(failed);
    expectNextOnly(await texts());
  });
});
