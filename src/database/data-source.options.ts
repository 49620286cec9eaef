import BetterSqlite3 from 'better-sqlite3';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions.js';
import type { DatabaseSettings } from '../config/settings.js';
import { entities } from './entities.js';
import { migrations } from './migrations/index.js';
import type { SqliteDatabase } from './sqlite.database.js';

/** The one place where the connection's options are made, for the service and the command line. */
export function dataSourceOptions(
  settings: DatabaseSettings,
  database: SqliteDatabase,
): BetterSqlite3DataSourceOptions {
  return {
    type: 'better-sqlite3',
    driver: BetterSqlite3,
    database: settings.file,
    entities,
    migrations,
    migrationsRun: true,
    synchronize: false,
    prepareDatabase: (connection: BetterSqlite3.Database) => {
      database.open(connection, settings.synchronous);
    },
  };
}
