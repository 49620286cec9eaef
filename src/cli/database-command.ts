import 'reflect-metadata';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { NestFactory } from '@nestjs/core';
import { errorCode } from '../platform/errors/error-code.js';
import { AppLogger } from '../platform/telemetry/app.logger.js';
import { ConfigModule } from '../config/config.module.js';
import { readSettings } from '../config/read-settings.js';
import { Settings, type DatabaseSettings, type PostgresSettings } from '../config/settings.js';
import { entities } from '../entities.js';
import { backUp } from '../platform/database/backup.js';
import { move } from '../platform/database/move.js';
import { RefusedError } from '../platform/database/refused.error.js';
import { restore } from '../platform/database/restore.js';
import { startFailure } from './start-failure.js';

const usage =
  'Usage: npm run backup -- FILE [--replace], or npm run restore -- FILE, or ' +
  'npm run move -- --from sqlite:FILE, with DATABASE_URL or --to for where to';
const onlyMove =
  'Databases are moved from SQLite to PostgreSQL only: --from takes sqlite:FILE, and DATABASE_URL, ' +
  'or --to, postgres://USER:PASSWORD@HOST:PORT/DATABASE';
const logger = new AppLogger();

/** What an operator does with the database that DATABASE_URL names. */
async function run([command, ...words]: string[]): Promise<void> {
  switch (command) {
    case 'backup': {
      const { file, replace } = readWords(words, { replace: { type: 'boolean' } });
      const bytes = await backUp(await sqliteFile('pg_dump', file), file, { replace });
      say(`The database is backed up to ${file}, ${Math.ceil(bytes / 1_024)} KiB`);
      return;
    }
    case 'restore': {
      const { file } = readWords(words, {});
      const kept = await restore(file, await sqliteFile('pg_restore', file));
      const before = kept === null ? '' : `; the database so far is ${kept}`;
      say(`The database is that of ${file} now${before}`);
      return;
    }
    case 'move': {
      const { from, to } = readPlaces(words);
      const moved = await move(from, await postgresSettings(to), entities, say);
      const rows = moved.map(({ name, rows }) => `${name} ${rows}`).join(', ');
      say(
        `Everything is moved (rows: ${rows}); give the services this DATABASE_URL and start them`,
      );
      return;
    }
    default:
      throw new RefusedError(usage);
  }
}

function say(sentence: string): void {
  logger.log(sentence, 'Alice');
}

/** The one file that is named, and whether `--replace` is said. @throws RefusedError for other words */
function readWords(
  args: string[],
  options: NonNullable<ParseArgsConfig['options']>,
): { file: string; replace: boolean } {
  const { values, positionals } = parse({ args, options, allowPositionals: true });
  const [file, ...others] = positionals;
  if (file === undefined || file === '' || others.length > 0) throw new RefusedError(usage);
  return { file, replace: values['replace'] === true };
}

/** @returns the file to move from, and the URL to move to if it is not DATABASE_URL */
function readPlaces(args: string[]): { from: string; to: string | undefined } {
  const options = { from: { type: 'string' }, to: { type: 'string' } } as const;
  const { from, to } = parse({ args, options }).values;
  if (typeof from !== 'string') throw new RefusedError(usage);
  const source = from.startsWith('sqlite:') ? readSettings({ DATABASE_URL: from }).database : null;
  if (source?.type !== 'sqlite') throw new RefusedError(onlyMove);
  return { from: source.file, to: typeof to === 'string' ? to : undefined };
}

function parse(config: ParseArgsConfig) {
  try {
    return parseArgs(config);
  } catch (error) {
    if (errorCode(error).startsWith('ERR_PARSE_ARGS')) throw new RefusedError(usage);
    throw error;
  }
}

/** @param url in place of DATABASE_URL */
async function readDatabase(url?: string): Promise<DatabaseSettings> {
  const variables = url === undefined ? {} : { DATABASE_URL: url };
  const module = await ConfigModule.forRoot({ variables, environment: true });
  const app = await NestFactory.createApplicationContext(module, { logger, abortOnError: false });
  try {
    return app.get(Settings).database;
  } finally {
    await app.close();
  }
}

/** @throws RefusedError that names the program to use with PostgreSQL */
async function sqliteFile(program: keyof typeof programs, file: string): Promise<string> {
  const database = await readDatabase();
  if (database.type === 'postgres') {
    throw new RefusedError(
      `DATABASE_URL names a PostgreSQL database, for which that server has a program: ` +
        `${programs[program](database, file)} (it takes the password from PGPASSWORD or ~/.pgpass; restore into an empty database)`,
    );
  }
  if (database.file === ':memory:') throw new RefusedError('DATABASE_URL names no file');
  return database.file;
}

async function postgresSettings(url: string | undefined): Promise<PostgresSettings> {
  const settings = await readDatabase(url);
  if (settings.type !== 'postgres') throw new RefusedError(onlyMove);
  return settings;
}

const programs = {
  pg_dump: (settings: PostgresSettings, file: string) =>
    `pg_dump ${place(settings)} --format=custom --file=${file} ${nameOf(settings)}`,
  pg_restore: (settings: PostgresSettings, file: string) =>
    `pg_restore ${place(settings)} --single-transaction --dbname=${nameOf(settings)} ${file}`,
};

/** Without the password, which others on the machine would see among its words. */
function place({ url }: PostgresSettings): string {
  const { hostname, port, username } = new URL(url);
  return `--host=${hostname} --port=${port || '5432'} --username=${decodeURIComponent(username)}`;
}

function nameOf({ url }: PostgresSettings): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

run(process.argv.slice(2)).catch((error: unknown) => {
  logger.fatal(startFailure(error), 'Alice');
  process.exitCode = 1;
});
