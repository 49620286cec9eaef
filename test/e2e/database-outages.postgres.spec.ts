import { Client } from 'pg';
import { Database, type Statement } from '../../src/platform/database/database.js';
import { Caller, type Answer } from '../support/caller.js';
import { OpenStream } from '../support/open-stream.js';
import { asAdmin, endSessions } from '../support/postgres-database.js';
import { startProxiedService, type ProxiedService } from '../support/proxied-service.js';
import { query } from '../support/stored.js';
import { until } from '../support/until.js';

let proxied: ProxiedService;
let caller: Caller;
let id: string;

async function start(variables: Record<string, string> = {}): Promise<void> {
  proxied = await startProxiedService(variables);
  caller = new Caller(proxied.service.url);
  id = await caller.create();
}

afterEach(() => proxied.close());

function expectUnavailable({ status, text, headers }: Answer): void {
  expect({ status, text }).toEqual({ status: 503, text: 'The database is unavailable' });
  expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
}

/** Every kind of call that needs the database. */
function calls(): Promise<Answer>[] {
  const headers = { conversation: id };
  return [
    caller.post('create'),
    caller.chat(id, 'Q'),
    caller.chat(id, 'Q', { accept: 'text/event-stream' }),
    ...['regenerate', 'rollback', 'finish', 'context', 'contextArray', 'store'].map((path) =>
      caller.post(path, '', headers),
    ),
    caller.get('/chatgpt/share/share_0'),
  ];
}

async function expectHealthy(): Promise<void> {
  await until('the service is ready', async () => {
    // Readiness is told for a second.
    proxied.service.clock.advance(1_000);
    return (await caller.get('/health/ready')).status === 200;
  });
  expect(await caller.chat(id, 'Q')).toMatchObject({ status: 200 });
  expect(await caller.sentences(id)).toEqual(['Q', 'You said: Q']);
}

/** Locks the conversations against everyone else while `work` runs. */
async function whileLocked(work: () => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: proxied.service.databaseFile });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('LOCK TABLE conversations');
    await work();
  } finally {
    await client.query('ROLLBACK');
    await client.end();
  }
}

function waitingSessions(): Promise<number> {
  const sql = `SELECT count(*)::int AS waiting FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  const url = new URL(proxied.service.databaseFile).pathname.slice(1);
  return asAdmin(async (admin) => {
    const { rows } = await admin.query<{ waiting: number }>(
      sql.replace('current_database()', '$1'),
      [url],
    );
    return rows[0]?.waiting ?? 0;
  });
}

describe('a database that cannot be reached', () => {
  it('is a 503 of every call, and heals by itself', async () => {
    await start();
    proxied.proxy.down();
    for (const answer of await Promise.all(calls())) expectUnavailable(answer);
    expect(await caller.get('/health/live')).toMatchObject({ status: 200 });
    const ready = await caller.get('/health/ready');
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.text)).toMatchObject({
      code: 'service.not_ready',
      detail: 'Not ready. database: The database is unavailable',
    });
    proxied.proxy.up();
    await expectHealthy();
    expect(proxied.service.log.text).not.toContain('postgres@');
  });

  it('keeps nothing of the turn that it went away from', async () => {
    await start();
    proxied.service.simulator.behave({ holdBeforeAnswer: true });
    const running = caller.chat(id, 'lost');
    await proxied.service.simulator.waitForCalls(1);
    proxied.proxy.down();
    proxied.service.simulator.release();
    expectUnavailable(await running);
    proxied.proxy.up();
    expect(await caller.sentences(id)).toEqual([]);
  });

  it('keeps the turn of a stream that it was away in for longer than the lease', async () => {
    await start();
    const { simulator, clock } = proxied.service;
    simulator.behave({ answer: ['a', 'b'], holdAfterPieces: 1 });
    const stream = new OpenStream(
      await caller.open('chat', 'Q', { conversation: id, accept: 'text/event-stream' }),
    );
    await stream.pieces(1);
    proxied.proxy.down();
    clock.advance(60_000);
    expect((await caller.get('/health/ready')).status).toBe(503);
    proxied.proxy.up();
    simulator.release();
    expect(await stream.whole()).toMatchObject({ text: 'ab', done: true });
    expect(await caller.sentences(id)).toEqual(['Q', 'ab']);
  });

  it('that does not answer at all is given up soon', async () => {
    await start({ DATABASE_STATEMENT_TIMEOUT_MS: '200' });
    proxied.proxy.stall();
    expectUnavailable(await caller.post('context', '', { conversation: id }));
    proxied.proxy.up();
    await expectHealthy();
  });
});

describe('sessions that the server ends', () => {
  it('are not noticed while nobody uses them', async () => {
    await start();
    await Promise.all(Array.from({ length: 5 }, () => caller.create()));
    expect(await endSessions(proxied.service.databaseFile)).toBeGreaterThan(0);
    await expectHealthy();
  });

  it('fail at most the calls that use them', async () => {
    await start();
    const creates = Array.from({ length: 40 }, () => caller.post('createTurbo'));
    await endSessions(proxied.service.databaseFile);
    const answers = await Promise.all(creates);
    expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    await expectHealthy();
  });
});

describe('a database that is busy', () => {
  it('is a 503 for those who find the pool full, and no failure of the others', async () => {
    await start({ DATABASE_POOL_SIZE: '1', DATABASE_STATEMENT_TIMEOUT_MS: '20000' });
    await whileLocked(async () => {
      const waiting = caller.post('createTurbo');
      await until('the one connection waits', async () => (await waitingSessions()) === 1);
      expectUnavailable(await caller.post('createTurbo'));
      void waiting.then(({ status }) => {
        expect(status).toBe(200);
      });
    });
    await expectHealthy();
  });

  it('ends a statement after DATABASE_STATEMENT_TIMEOUT_MS', async () => {
    await start({ DATABASE_STATEMENT_TIMEOUT_MS: '200' });
    await whileLocked(async () => {
      expectUnavailable(await caller.post('createTurbo'));
      expectUnavailable(await caller.chat(id, 'Q'));
    });
    await expectHealthy();
  });

  it('repeats batches that meet in opposite order, so that all take effect', async () => {
    await start();
    const database = proxied.service.app.get(Database);
    const ids = [await caller.create(), await caller.create()] as const;
    const add = (each: string): Statement => ({
      sql: 'UPDATE conversations SET created_at = created_at + 1 WHERE id = ?',
      parameters: [each],
      expectedRows: 1,
    });
    const createdAt = async () => {
      const [rows = []] = await database.read({
        sql: 'SELECT SUM(created_at) AS sum FROM conversations WHERE id IN (?, ?)',
        parameters: ids,
      });
      return Number(rows[0]?.['sum']);
    };
    const before = await createdAt();
    // Long enough for each to have its first row when it asks for the other's.
    const pause: Statement = { sql: 'SELECT pg_sleep(0.2)', parameters: [] };
    const [first, second] = ids.map(add) as [Statement, Statement];
    const outcomes = await Promise.all([
      database.write([first, pause, second]),
      database.write([second, pause, first]),
    ]);
    expect(outcomes.map(({ committed }) => committed)).toEqual([true, true]);
    expect(await createdAt()).toBe(before + 4);
  });
});

describe('a database that only reads', () => {
  it('is a 503 of what writes, until it is a primary again', async () => {
    await start();
    const name = new URL(proxied.service.databaseFile).pathname.slice(1);
    const setReadOnly = (value: string) =>
      asAdmin((admin) =>
        admin.query(`ALTER DATABASE "${name}" SET default_transaction_read_only = ${value}`),
      );
    await setReadOnly('on');
    await endSessions(proxied.service.databaseFile);
    expect(await caller.sentences(id)).toEqual([]);
    expectUnavailable(await caller.post('create'));
    expectUnavailable(await caller.chat(id, 'Q'));
    expect((await caller.get('/health/ready')).status).toBe(503);
    expect((await caller.get('/health/live')).status).toBe(200);
    await setReadOnly('off');
    await endSessions(proxied.service.databaseFile);
    await expectHealthy();
  });
});

describe('a database that was made new or is one of an older version', () => {
  it('is a 503, and ends the liveness of the process, whose start migrates it', async () => {
    await start();
    query(proxied.service.databaseFile, 'ALTER TABLE conversations RENAME TO gone');
    expectUnavailable(await caller.chat(id, 'Q'));
    const live = await caller.get('/health/live');
    expect([live.status, JSON.parse(live.text)]).toMatchObject([
      503,
      { code: 'service.not_alive' },
    ]);
    const lines = proxied.service.log.lines.filter((line) => line.includes('database.lost'));
    expect(lines).toHaveLength(1);
  });
});
