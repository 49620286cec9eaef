import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { SystemClock } from '../../src/platform/time/clock.js';
import { readSettings } from '../../src/config/read-settings.js';
import { databaseFor, dataSourceOptions } from '../../src/platform/database/data-source.options.js';
import { migrations } from '../../src/platform/database/migrations/index.js';
import { entities } from '../../src/entities.js';
import { openDataSource } from '../../src/platform/database/open-data-source.js';
import { createEmptyPostgresDatabase, dropPostgresDatabase } from '../support/postgres-database.js';
import { isOnPostgres } from '../support/test-database.js';

/** One file for each schema that a merged commit has made, with some rows. */
const states = 'test/databases';
const suffix = isOnPostgres ? '.postgres.sql' : '.sqlite.sql';
const files = readdirSync(states).filter((name) => name.endsWith(suffix));

type Rows = Record<string, unknown>[];

let folder: string;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'alice-upgrades-'));
  url = isOnPostgres ? await createEmptyPostgresDatabase() : `sqlite:${join(folder, 'alice.db')}`;
});
afterEach(async () => {
  if (isOnPostgres) await dropPostgresDatabase(url);
  rmSync(folder, { recursive: true, force: true });
});

/** Runs SQL on the database without the service. */
async function run(sql: string): Promise<void> {
  if (isOnPostgres) {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
    return;
  }
  const connection = new BetterSqlite3(url.slice('sqlite:'.length));
  try {
    connection.exec(sql);
  } finally {
    connection.close();
  }
}

async function open(): Promise<DataSource> {
  const { database } = readSettings({ DATABASE_URL: url });
  return openDataSource(
    await dataSourceOptions(database, databaseFor(database, new SystemClock()), entities),
  );
}

/** What its INSERT statements say: table, columns and values, as often as there are such rows. */
function insertsOf(sql: string): { table: string; columns: string; values: string }[] {
  const insert = /^INSERT INTO (?!migrations )(\w+) \(([^)]*)\) VALUES \((.*?)\);$/gms;
  return [...sql.matchAll(insert)].map(([, table, columns, values]) => ({
    table: table!,
    columns: columns!,
    values: values!,
  }));
}

async function applied(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations');
  return rows.map(({ name }) => name).sort();
}

const everyName = migrations.map(({ name }) => name).sort();

describe('a database of every version that was merged', () => {
  it('is there to be tried', () => {
    expect(files.length).toBeGreaterThanOrEqual(9);
  });

  it.each(files)('is upgraded to what the entities say, and keeps its rows: %s', async (file) => {
    const sql = readFileSync(join(states, file), 'utf8');
    const inserts = insertsOf(sql);
    expect(inserts.length).toBeGreaterThanOrEqual(8);
    await run(sql);
    const dataSource = await open();
    try {
      expect(await applied(dataSource)).toEqual(everyName);
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
      for (const { table, columns, values } of inserts) {
        const condition = `(${columns}) IS NOT DISTINCT FROM (${values})`;
        const rows = await dataSource.query<Rows>(`SELECT 1 FROM ${table} WHERE ${condition}`);
        expect([table, values, rows.length]).toEqual([table, values, 1]);
      }
    } finally {
      await dataSource.destroy();
    }
  });
});

describe('a database of a newer version', () => {
  it('is refused with a sentence, and left as it was', async () => {
    const dataSource = await open();
    await dataSource.destroy();
    await run("INSERT INTO migrations (timestamp, name) VALUES (4102444800000, 'FromTomorrow')");
    await run(
      "DELETE FROM migrations WHERE name LIKE 'Idempotency%'; DROP TABLE idempotency_records",
    );
    await expect(open()).rejects.toThrow(/newer version.*FromTomorrow.*backup/);
    // By its message: an error of the driver is of the test file that loaded it first.
    const message = expect.stringContaining('idempotency_records') as string;
    await expect(run('SELECT 1 FROM idempotency_records')).rejects.toMatchObject({ message });
  });
});

describe('processes that start together on an old database', () => {
  it('upgrade it once, and all of them start', async () => {
    await run(readFileSync(join(states, files[0]!), 'utf8'));
    const dataSources = await Promise.all([open(), open(), open()]);
    for (const dataSource of dataSources) {
      expect(await applied(dataSource)).toEqual(everyName);
      await dataSource.destroy();
    }
  });
});

describe('merged migrations', () => {
  it('are never edited, only added: sha256sum src/platform/database/migrations/17* says what is new', () => {
    const names = readdirSync('src/platform/database/migrations').filter(
      (name) => name !== 'index.ts',
    );
    const lines = names.map((name) => {
      const path = `src/platform/database/migrations/${name}`;
      return `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${path}\n`;
    });
    expect(lines.join('')).toBe(readFileSync(join(states, 'migrations.sha256'), 'utf8'));
  });
});
