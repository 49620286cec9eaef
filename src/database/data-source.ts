import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { SystemClock } from '../common/time/clock.js';
import { readSettings } from '../config/read-settings.js';
import { databaseFor, dataSourceOptions } from './data-source.options.js';

const settings = readSettings(process.env).database;

/** The data source as the TypeORM command line sees it (through `ormconfig.ts`). */
export const dataSource = new DataSource(
  await dataSourceOptions(settings, databaseFor(settings, new SystemClock())),
);
