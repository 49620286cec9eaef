import { hash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { makeSchema } from './schema.js';

/** What the schema is made of and with. */
const migrations = resolve('src/platform/database/migrations');
const sources = [
  ...readdirSync(migrations).map((name) => join(migrations, name)),
  ...['typeorm', 'better-sqlite3'].map((name) => resolve(`node_modules/${name}/package.json`)),
];

/**
 * An empty database with the service's schema, as a copy: the migrations take a fifth of a start. Those
 * of a file that is not there yet run when a service is started as a process.
 */
export async function createSqliteDatabase(file: string): Promise<void> {
  copyFileSync(await template(), file);
}

/** Made once for each version of what it is made of. @returns its file */
async function template(): Promise<string> {
  const key = hash('sha256', sources.map((source) => readFileSync(source, 'utf8')).join('\0'));
  const folder = resolve('node_modules/.cache/alice');
  const file = join(folder, `schema-${key.slice(0, 16)}.db`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  // Whole or not at all, as other processes may make it at the same moment.
  const unfinished = `${file}.${process.pid}`;
  await makeSchema(`sqlite:${unfinished}`);
  renameSync(unfinished, file);
  return file;
}
