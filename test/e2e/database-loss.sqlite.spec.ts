import { rmSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { DataSource } from 'typeorm';
import { countRows } from '../support/database-file.js';
import { until } from '../support/until.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService();

/** As of now: readiness is told for a second. */
async function health(): Promise<number[]> {
  service.clock.advance(1_000);
  const [live, ready] = [await caller.get('/health/live'), await caller.get('/health/ready')];
  return [live.status, ready.status];
}

describe('a database that another process writes to', () => {
  it('lets everything else go on, and the write is kept afterwards', async () => {
    const id = await caller.create();
    const other = new BetterSqlite3(service.databaseFile);
    other.exec('BEGIN IMMEDIATE');
    let isOver = false;
    const chat = caller.chat(id, 'Q').finally(() => (isOver = true));
    for (let look = 0; look < 5; look += 1) expect(await health()).toEqual([200, 200]);
    expect(isOver).toBe(false);
    other.exec('COMMIT');
    expect((await chat).status).toBe(200);
    other.exec('BEGIN IMMEDIATE');
    const given = caller.chat(id, 'R');
    const passing = setInterval(() => {
      service.clock.advance(1_000);
    }, 20);
    expect(await given).toMatchObject({ status: 503, text: 'The database is unavailable' });
    clearInterval(passing);
    other.exec('COMMIT');
    other.close();
    expect(await caller.sentences(id)).toEqual(['Q', 'You said: Q']);
  });
});

describe('a database that cannot be written', () => {
  it('makes the service not ready until a trial succeeds, without any call', async () => {
    const { databaseConnection } = service.app.get(DataSource).driver as unknown as {
      databaseConnection: BetterSqlite3.Database;
    };
    databaseConnection.pragma('query_only = 1');
    expect((await caller.post('create')).status).toBe(503);
    expect(await health()).toEqual([200, 503]);
    databaseConnection.pragma('query_only = 0');
    await until('it is ready', async () => (await caller.get('/health/ready')).status === 200);
    expect(countRows(service, 'nonces')).toBe(0);
  });
});

describe('a database whose files are removed under the service', () => {
  it('is no longer written, and ends the liveness of the process', async () => {
    const id = await caller.create();
    for (const suffix of ['', '-wal', '-shm']) rmSync(service.databaseFile + suffix);
    expect(await caller.chat(id, 'Q')).toMatchObject({ status: 503 });
    expect(await health()).toEqual([503, 503]);
    const live = await caller.get('/health/live');
    expect(JSON.parse(live.text)).toMatchObject({ code: 'service.not_alive' });
    expect(live.text).not.toContain(service.folder);
    expect((await caller.post('create')).status).toBe(503);
    const lines = service.log.lines.filter((line) => line.includes('database.lost'));
    expect(lines).toHaveLength(1);
  });
});
