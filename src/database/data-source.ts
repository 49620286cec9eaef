import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { SystemClock } from '../common/time/clock.js';
import { readSettings } from '../config/read-settings.js';
import { dataSourceOptions } from './data-source.options.js';
import { SqliteDatabase } from './sqlite.database.js';

/** The data source as the TypeORM command line sees it (through `ormconfig.ts`). */
export const dataSource = new DataSource({
  ...dataSourceOptions(readSettings(process.env).database, new SqliteDatabase(new SystemClock())),
  migrationsRun: false,
});
