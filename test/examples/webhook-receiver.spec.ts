import { createHmac } from 'node:crypto';
import { startSimulator } from '../../tools/simulator/simulator.js';
import { AliceProcess, removeFolder, workFolder } from '../process/alice-process.js';
import { Caller } from '../support/caller.js';
import { ExampleProcess } from './example-process.js';

const secret = 'the webhook secret';
const key = 'sk-spent-0000111122223333';
let receiver: ExampleProcess;
let url: string;

beforeAll(async () => {
  const variables = { KEY_EVENTS_WEBHOOK_SECRET: secret, PORT: '0' };
  receiver = new ExampleProcess('node', ['webhook-receiver.mjs'], variables);
  url = await receiver.url();
});
afterAll(() => receiver.stop('SIGKILL'));

function eventOf(id: string): string {
  return JSON.stringify({ id, type: 'pool.empty', at: '2026-01-01T00:00:00.000Z', key: null });
}

type Headers = Record<string, string>;

function signed(body: string, time = Math.floor(Date.now() / 1_000), by = secret): Headers {
  const signature = createHmac('sha256', by).update(`msg_1.${time}.${body}`).digest('base64');
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(time),
    'webhook-signature': `v1,${signature}`,
  };
}

async function deliver(body: string, headers: Headers): Promise<number> {
  const { status } = await fetch(url, { method: 'POST', headers, body });
  return status;
}

/** What it acted on so far, without the line that names its address. */
function acts(): string[] {
  return receiver.stdout.trimEnd().split('\n').slice(1);
}

it('acts on the events that the service sends', async () => {
  const simulator = await startSimulator();
  const folder = workFolder();
  const alice = new AliceProcess({
    folder,
    variables: {
      OPENAI_BASE_URL: simulator.baseUrl,
      OPENAI_API_KEYS: `${key},sk-good-0000111122223333`,
      KEY_EVENTS_WEBHOOK_URL: url,
      KEY_EVENTS_WEBHOOK_SECRET: secret,
    },
  });
  try {
    const caller = new Caller(await alice.url());
    const noQuota = { status: 429, error: { message: 'x', code: 'insufficient_quota' } };
    simulator.behave(noQuota, { key });
    // Keys take turns, so that the second question is the spent one's if the first was not.
    for (const question of ['one', 'two']) {
      expect((await caller.postJson('quickAnswer', { question })).status).toBe(200);
    }
    await receiver.prints('the event', (stdout) => stdout.includes('key.exhausted'));
    expect(acts()).toEqual([expect.stringMatching(/^\S+Z key\.exhausted key_\w{22}$/)]);
  } finally {
    await alice.stop();
    await simulator.close();
    removeFolder(folder);
  }
});

it('acts once on an event that comes again, and takes it', async () => {
  const before = acts().length;
  const body = eventOf('sent-again');
  const now = Math.floor(Date.now() / 1_000);
  expect(await deliver(body, signed(body))).toBe(204);
  expect(await deliver(body, signed(body, now - 1))).toBe(204);
  const other = eventOf('another');
  expect(await deliver(other, signed(other))).toBe(204);
  await receiver.prints('both', () => acts().length >= before + 2);
  expect(acts()).toHaveLength(before + 2);
});

it('refuses what is not signed, by another, for another body, or long ago', async () => {
  const before = acts().length;
  const body = eventOf('forged');
  const now = Math.floor(Date.now() / 1_000);
  const signatures = [
    {},
    { ...signed(body), 'webhook-signature': 'nonsense' },
    { ...signed(body), 'webhook-signature': 'v1,' },
    { ...signed(body), 'webhook-timestamp': 'now' },
    { ...signed(body), 'webhook-id': 'msg_2' },
    signed(body, now, 'another secret'),
    signed(eventOf('true'), now),
    signed(body, now - 3_600),
    signed(body, now + 3_600),
    { ...signed(body, now), 'webhook-timestamp': String(now + 1) },
  ];
  for (const signature of signatures) {
    expect([signature, await deliver(body, signature)]).toEqual([signature, 401]);
  }
  const huge = 'x'.repeat(100_000);
  expect(await deliver(huge, signed(huge))).toBe(413);
  expect((await fetch(url)).status).toBe(405);
  expect(acts()).toHaveLength(before);
  expect(receiver.stderr).toBe('');
});
