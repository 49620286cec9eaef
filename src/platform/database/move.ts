import { existsSync } from 'node:fs';
import type BetterSqlite3 from 'better-sqlite3';
import { DataSource, type EntityMetadata, type QueryRunner } from 'typeorm';
import { errorMessage } from '../errors/error-message.js';
import type { PostgresSettings } from '../../config/settings.js';
import { dataSourceOptions, type Entities } from './data-source.options.js';
import type { Row } from './database.js';
import { lockAlone, migrationsOf } from './database-copy.js';
import { isUpToDate } from './known-migrations.js';
import { beginLocked, openDataSource } from './open-data-source.js';
import { toStoredText } from './postgres-sql.js';
import { PostgresDatabase } from './postgres.database.js';
import { RefusedError } from './refused.error.js';

/** What goes out in one statement: as many rows as reach either bound. */
const batchRows = 1_000;
const batchCharacters = 1_048_576;

/** A table of the target, with as many rows as the source has. */
export interface MovedTable {
  name: string;
  rows: number;
}

/**
 * Copies everything from a SQLite database, which is left as it is, into an empty PostgreSQL database.
 * It is one transaction, so that a move which is broken off leaves nothing behind and is just begun
 * again, and a service that starts meanwhile waits for its end.
 *
 * @throws RefusedError when a service has the source open, or the target has rows, which stay
 */
export async function move(
  file: string,
  settings: PostgresSettings,
  entities: Entities,
): Promise<MovedTable[]> {
  if (!existsSync(file)) throw new RefusedError(`There is no database at ${file}`);
  const source = lockAlone(file);
  try {
    if (!isUpToDate(migrationsOf(source, file))) {
      throw new RefusedError(
        `${file} is of an earlier version: start this one on it once, and stop it, before you move it`,
      );
    }
    const database = new PostgresDatabase(settings.statementTimeoutMs);
    const options = await dataSourceOptions(settings, database, entities);
    await connected(await new DataSource(options).initialize(), entities, refuseUnlessEmpty);
    return await connected(await openDataSource(options), entities, (runner, tables) =>
      moveAll(source, runner, tables),
    );
  } finally {
    source.close();
  }
}

/** Every table of the service, those that others refer to first. */
type Tables = readonly EntityMetadata[];

async function connected<Result>(
  dataSource: DataSource,
  entities: Entities,
  work: (runner: QueryRunner, tables: Tables) => Promise<Result>,
): Promise<Result> {
  const runner = dataSource.createQueryRunner();
  try {
    const tables = entities.map((entity) => dataSource.getMetadata(entity));
    return await work(runner, tables);
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
}

/** Before the schema is touched, and again when nobody else can write. */
async function refuseUnlessEmpty(runner: QueryRunner, tables: Tables): Promise<void> {
  for (const { tableName } of tables) {
    if (!(await runner.hasTable(tableName))) continue;
    const found = await query<{ found: number }>(
      runner,
      `SELECT 1 AS found FROM ${tableName} LIMIT 1`,
    );
    if (found.length > 0) {
      throw new RefusedError(
        `The target is not empty: its table ${tableName} has rows. Make a database for the move, ` +
          'and start no service on it before',
      );
    }
  }
}

async function moveAll(
  source: BetterSqlite3.Database,
  runner: QueryRunner,
  tables: Tables,
): Promise<MovedTable[]> {
  let moved: MovedTable[];
  try {
    await beginLocked(runner);
    await runner.query("SET LOCAL idle_in_transaction_session_timeout = '60s'");
    // Services that run wait for this, those that start for the whole transaction.
    const names = tables.map(({ tableName }) => tableName);
    await runner.query(`LOCK TABLE ${names.join(', ')} IN EXCLUSIVE MODE`);
    await refuseUnlessEmpty(runner, tables);
    moved = await copyAll(source, runner, tables);
  } catch (error) {
    await runner.query('ROLLBACK').catch(() => undefined);
    if (error instanceof RefusedError) throw error;
    throw new RefusedError(
      `Nothing was moved: ${errorMessage(error)}. The move can be begun again`,
    );
  }
  try {
    await runner.query('COMMIT');
    return moved;
  } catch (error) {
    throw new RefusedError(
      `The target was lost at the end of the move (${errorMessage(error)}): begin it again. If it is ` +
        'refused then because the target is not empty, everything was moved',
    );
  }
}

async function copyAll(
  source: BetterSqlite3.Database,
  runner: QueryRunner,
  tables: Tables,
): Promise<MovedTable[]> {
  const moved: MovedTable[] = [];
  for (const table of tables) {
    const name = table.tableName;
    await copyTable(source, runner, table);
    await setSequence(runner, table);
    const rows = countOf(source.prepare<[], Row>(`SELECT count(*) AS rows FROM ${name}`).all());
    const found = countOf(await query(runner, `SELECT count(*) AS rows FROM ${name}`));
    if (rows !== found) throw new Error(`${name} has ${found} of ${rows} rows`);
    moved.push({ name, rows });
  }
  return moved;
}

async function copyTable(
  source: BetterSqlite3.Database,
  runner: QueryRunner,
  { tableName, columns }: EntityMetadata,
): Promise<void> {
  const names = columns.map(({ databaseName }) => `"${databaseName}"`).join(', ');
  // The server makes its own types of what it finds in JSON, of 1 and 0 its booleans too.
  const insert = `INSERT INTO ${tableName} (${names})
    SELECT ${names} FROM json_populate_recordset(NULL::${tableName}, $1::json)`;
  let batch: string[] = [];
  let characters = 0;
  const send = async (): Promise<void> => {
    if (batch.length > 0) await runner.query(insert, [`[${batch.join(',')}]`]);
    batch = [];
    characters = 0;
  };
  for (const row of source.prepare<[], Row>(`SELECT ${names} FROM ${tableName}`).iterate()) {
    const text = JSON.stringify(row, (_name, value: unknown) => {
      return typeof value === 'string' ? toStoredText(value) : value;
    });
    batch.push(text);
    characters += text.length;
    if (batch.length >= batchRows || characters >= batchCharacters) await send();
  }
  await send();
}

/** The next generated number follows the last one that was moved. */
async function setSequence(runner: QueryRunner, table: EntityMetadata): Promise<void> {
  for (const { databaseName } of table.generatedColumns) {
    await runner.query(
      `SELECT setval(pg_get_serial_sequence($1, $2), max("${databaseName}")) FROM ${table.tableName}`,
      [table.tableName, databaseName],
    );
  }
}

function query<Found>(runner: QueryRunner, sql: string): Promise<Found[]> {
  return runner.dataSource.query<Found[]>(sql, [], runner);
}

function countOf([row]: readonly Row[]): number {
  return Number(row?.['rows']);
}
