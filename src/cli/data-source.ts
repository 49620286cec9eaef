import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { SystemClock } from '../platform/time/clock.js';
import { entities } from '../entities.js';
import { readSettings } from '../config/read-settings.js';
import { databaseFor, dataSourceOptions } from '../platform/database/data-source.options.js';

const settings = readSettings(process.env).database;

/** The data source as the TypeORM command line sees it (through `ormconfig.ts`). */
export const dataSource = new DataSource(
  await dataSourceOptions(settings, databaseFor(settings, new SystemClock()), entities),
);
