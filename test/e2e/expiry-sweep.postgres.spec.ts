import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Client } from 'pg';
import { ConversationExpiryTask } from '../../src/conversations/conversation-expiry.task.js';
import { countRows } from '../support/database-file.js';
import { startService, type TestService } from '../support/service.js';

const million = 1_000_000;
const mebibyte = 1_048_576;
/** Often enough to see a list of a million ids, which would be there from the first batch on. */
const lookEveryMs = 3_000;
/** Nobody sweeps but the test. */
const quiet = { EXPIRY_SWEEP_SECONDS: '86400' };
let services: TestService[];

beforeEach(async () => {
  const first = await startService(quiet);
  services = [first, await startService(quiet, first.folder)];
});
afterEach(async () => {
  const [first, second] = services;
  await second?.app.close();
  await second?.simulator.close();
  await first?.close();
});

function sweep({ app }: TestService): Promise<number> {
  return app.get(ConversationExpiryTask, { strict: false }).sweep();
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is in use, garbage apart: when that is collected depends on all that ran before. */
function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** So many conversations past their time; each with two items if they are to have any. */
async function expired(count: number, hasItems: boolean): Promise<void> {
  const client = new Client({ connectionString: services[0]!.databaseFile });
  await client.connect();
  await client.query(
    `INSERT INTO conversations (id, kind, prompt, settings, stream, expires_at, created_at)
     SELECT 'conv_' || n, 'turbo', '', '', false, n, 0 FROM generate_series(1, $1::int) n`,
    [count],
  );
  if (hasItems) {
    await client.query(
      `INSERT INTO items (id, conversation_id, turn, position, kind, role, content, created_at)
       SELECT 'item_' || n || '_' || p, 'conv_' || n, 1, p, 'message', 'user', '"Q"', 0
       FROM generate_series(1, $1::int) n, generate_series(1, 2) p`,
      [count],
    );
  }
  await client.end();
}

describe('the sweep for expired conversations', () => {
  it('is shared by replicas that are at it at once', async () => {
    await expired(5_000, true);
    const deleted = await Promise.all(services.map(sweep));
    expect(deleted.reduce((sum, count) => sum + count, 0)).toBe(5_000);
    for (const count of deleted) expect(count).toBeGreaterThan(0);
    expect(countRows(services[0]!, 'items')).toBe(0);
  });

  it('needs no more memory for a million of them', async () => {
    await expired(million, false);
    const before = heapInUse();
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, heapInUse());
    }, lookEveryMs);
    const deleted = await Promise.all(services.map(sweep));
    clearInterval(watch);
    expect(deleted.reduce((sum, count) => sum + count, 0)).toBe(million);
    expect((most - before) / mebibyte).toBeLessThan(64);
  }, 300_000);
});
