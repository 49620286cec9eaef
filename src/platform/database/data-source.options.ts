import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import type { DataSourceOptions } from 'typeorm';
import type { Clock } from '../time/clock.js';
import type { DatabaseSettings } from '../../config/settings.js';
import type { Database } from './database.js';
import { migrations } from './migrations/index.js';
import { poolConfig, poolFor } from './postgres-pool.js';
import { PostgresDatabase } from './postgres.database.js';
import { SqliteFiles } from './sqlite-files.js';
import { SqliteDatabase } from './sqlite.database.js';

/** The classes of tables. */
export type Entities = readonly (new () => object)[];

/** The database that DATABASE_URL names; {@link dataSourceOptions} connects it. */
export function databaseFor(settings: DatabaseSettings, clock: Clock): Database {
  switch (settings.type) {
    case 'sqlite':
      return new SqliteDatabase(clock);
    case 'postgres':
      return new PostgresDatabase(settings.statementTimeoutMs);
  }
}

/**
 * The one place where the connection's options are made, for the service and the command line.
 *
 * @param database of {@link databaseFor} with the same settings: shares the connection with TypeORM
 */
export async function dataSourceOptions(
  settings: DatabaseSettings,
  database: Database,
  entities: Entities,
): Promise<DataSourceOptions> {
  const schema = { entities: [...entities], migrations, synchronize: false };
  switch (settings.type) {
    case 'sqlite': {
      makePrivate(settings.file);
      // Before it is opened, so that one which is replaced until then is not taken for it.
      const files = settings.file === ':memory:' ? null : new SqliteFiles(settings.file);
      return {
        ...schema,
        type: 'better-sqlite3',
        driver: BetterSqlite3,
        database: settings.file,
        prepareDatabase: (connection: BetterSqlite3.Database) => {
          if (database instanceof SqliteDatabase)
            database.open(connection, settings.synchronous, files);
        },
      };
    }
    case 'postgres': {
      // Loaded only here: a service on SQLite does not pay for it.
      const { default: pg } = await import('pg');
      return {
        ...schema,
        type: 'postgres',
        driver: { Pool: poolFor(pg, database) },
        url: settings.url,
        installExtensions: false,
        extra: poolConfig(settings, pg),
      };
    }
  }
}

/**
 * Folder and file that are not there yet are made for the service's user alone; SQLite gives the
 * files beside it the same mode. Those that are there keep what their owner gave them.
 */
export function makePrivate(file: string): void {
  if (file === ':memory:') return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
}
