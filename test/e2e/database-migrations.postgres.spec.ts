import { DataSource } from 'typeorm';
import { SystemClock } from '../../src/platform/time/clock.js';
import { readSettings } from '../../src/config/read-settings.js';
import { databaseFor, dataSourceOptions } from '../../src/platform/database/data-source.options.js';
import { migrations } from '../../src/platform/database/migrations/index.js';
import { entities } from '../../src/entities.js';
import { openDataSource } from '../../src/platform/database/open-data-source.js';
import { createEmptyPostgresDatabase, dropPostgresDatabase } from '../support/postgres-database.js';

let url: string;

beforeEach(async () => {
  url = await createEmptyPostgresDatabase();
});
afterEach(() => dropPostgresDatabase(url));

async function open(variables: Record<string, string> = {}): Promise<DataSource> {
  const { database } = readSettings({ DATABASE_URL: url, ...variables });
  return openDataSource(
    await dataSourceOptions(database, databaseFor(database, new SystemClock()), entities),
  );
}

async function applied(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations');
  return rows.map(({ name }) => name);
}

describe('replicas that start together on an empty database', () => {
  it('run every migration once, and all of them start', async () => {
    const dataSources = await Promise.all([open(), open(), open()]);
    for (const dataSource of dataSources) {
      expect(await applied(dataSource)).toEqual(migrations.map(({ name }) => name));
      await dataSource.destroy();
    }
  });

  it('need one connection each, and wait longer than a statement may', async () => {
    const first = await open();
    const runner = first.createQueryRunner();
    const small = { DATABASE_POOL_SIZE: '1', DATABASE_STATEMENT_TIMEOUT_MS: '50' };
    // Another replica is still at it.
    await runner.startTransaction();
    await runner.query('SELECT pg_advisory_xact_lock(418430214501)');
    await runner.query('LOCK TABLE migrations');
    const second = open(small);
    await expect(Promise.race([second, runner.query('SELECT pg_sleep(0.3)')])).resolves.toEqual([
      { pg_sleep: '' },
    ]);
    await runner.commitTransaction();
    await runner.release();
    await (await second).destroy();
    await first.destroy();
  });
});

describe('a migration that fails', () => {
  it('stops the start, leaves nothing of the schema and no connection', async () => {
    const { database } = readSettings({ DATABASE_URL: url });
    const options = await dataSourceOptions(
      database,
      databaseFor(database, new SystemClock()),
      entities,
    );
    class Broken1895392000000 {
      up(): Promise<void> {
        return Promise.reject(new Error('broken'));
      }
      down(): Promise<void> {
        return Promise.resolve();
      }
    }
    const broken = { ...options, migrations: [...migrations, Broken1895392000000] };
    await expect(openDataSource(broken as typeof options)).rejects.toThrow('broken');
    const dataSource = await new DataSource(options).initialize();
    const tables = await dataSource.query<unknown[]>(
      "SELECT 1 FROM pg_tables WHERE schemaname = 'public'",
    );
    expect(tables).toEqual([]);
    await dataSource.destroy();
  });
});
