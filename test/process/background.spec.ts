import { join } from 'node:path';
import OpenAI from 'openai';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { token } from '../support/service.js';
import { until } from '../support/until.js';
import { AliceProcess, removeFolder, workFolder } from './alice-process.js';

const leaseSeconds = 2;
const model = 'gpt-6-luna';
let simulator: Simulator;
let folder: string;
let processes: AliceProcess[];

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());
beforeEach(() => {
  folder = workFolder();
  processes = [];
});
afterEach(async () => {
  simulator.reset();
  for (const alice of processes) await alice.stop('SIGKILL');
  removeFolder(folder);
});

/** Another process on the same database file. */
async function start(): Promise<{ alice: AliceProcess; client: OpenAI }> {
  const alice = new AliceProcess({
    folder,
    variables: {
      OPENAI_BASE_URL: simulator.baseUrl,
      DATABASE_URL: `sqlite:${join(folder, 'alice.db')}`,
      TURN_LEASE_SECONDS: String(leaseSeconds),
      EXPIRY_SWEEP_SECONDS: '1',
    },
  });
  processes.push(alice);
  const client = new OpenAI({ baseURL: `${await alice.url()}/v1`, apiKey: token });
  simulator.reset();
  return { alice, client };
}

describe('kill -9 of a process that gives a response in the background', () => {
  it('leaves it in progress for at most its lease, and failed from then on', async () => {
    const { alice, client } = await start();
    const other = await start();
    const { id: conversation } = await client.conversations.create();
    simulator.behave({ answer: ['half ', 'an answer'], holdAfterPieces: 1 });
    const input = { model, input: 'hello', conversation };
    const stream = await client.responses.create({ ...input, background: true, stream: true });
    let id = '';
    for await (const event of stream) {
      if (event.type === 'response.created') ({ id } = event.response);
      if (event.type === 'response.output_text.delta') break;
    }
    await alice.stop('SIGKILL');
    expect(await other.client.responses.retrieve(id)).toMatchObject({ status: 'in_progress' });
    await until('its lease has run out', async () => {
      const { status } = await other.client.responses.retrieve(id);
      return status !== 'in_progress';
    });
    const failed = await other.client.responses.retrieve(id);
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'server_error' }, output: [] });
    simulator.reset();
    // The turn's lease may be a moment younger than that of its response.
    await until('the conversation is free', () =>
      other.client.responses.create(input).then(
        () => true,
        (error: unknown) => {
          if (error instanceof OpenAI.BadRequestError) return false;
          throw error;
        },
      ),
    );
    const items = await other.client.conversations.items.list(conversation);
    expect(items.data).toHaveLength(2);
    const again = await start();
    expect(await again.client.responses.retrieve(id)).toEqual(failed);
    await expect(
      again.client.responses.retrieve(id, { stream: true, starting_after: 0 }),
    ).rejects.toMatchObject({ status: 404 });
    await until('the sweep has written it down', () =>
      [other.alice, again.alice].some(({ output }) => output.includes('responses.abandoned')),
    );
  });
});

describe('SIGTERM', () => {
  it('lets a response in the background finish, and ends with 0', async () => {
    const { alice, client } = await start();
    simulator.behave({ holdBeforeAnswer: true, answer: 'at last' }, { model });
    const { id } = await client.responses.create({ model, input: 'hello', background: true });
    await simulator.waitForCalls(1);
    alice.kill('SIGTERM');
    const patient = new OpenAI({ baseURL: client.baseURL, apiKey: token, maxRetries: 0 });
    // Of another model than the response, so that it is never held.
    const messages = [{ role: 'user' as const, content: 'new' }];
    await until('new calls are refused', () =>
      patient.chat.completions.create({ model: 'gpt-6-sol', messages }).then(
        () => false,
        () => true,
      ),
    );
    expect(alice.hasEnded()).toBe(false);
    simulator.release();
    expect(await alice.end()).toBe(0);
    const other = await start();
    expect(await other.client.responses.retrieve(id)).toMatchObject({
      status: 'completed',
      output_text: 'at last',
    });
  });
});
