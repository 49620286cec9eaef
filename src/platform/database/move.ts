import { existsSync } from 'node:fs';
import type BetterSqlite3 from 'better-sqlite3';
import { DataSource, type EntityMetadata, type QueryRunner } from 'typeorm';
import { errorCode } from '../errors/error-code.js';
import { errorMessage } from '../errors/error-message.js';
import type { PostgresSettings } from '../../config/settings.js';
import { dataSourceOptions, type Entities } from './data-source.options.js';
import { lockAlone, migrationsOf } from './database-copy.js';
import { isUpToDate } from './known-migrations.js';
import { appliedMigrations, beginLocked, migrate } from './open-data-source.js';
import { PostgresDatabase } from './postgres.database.js';
import { RefusedError } from './refused.error.js';
import { batchesOf, digestInTarget, type CountedRows } from './row-batches.js';
import { beginMoved, endMoved, findMoved, insertMoved } from './unfinished-move.js';

/** The letters of `move` as one number: an advisory lock that whoever moves holds for all that time. */
const moveLock = 0x6d_6f_76_65;
/** The server may still be at the last statement of a command that was ended. */
const lockPatienceMs = 5_000;

const saidEveryRows = 100_000;
const nothing: CountedRows = { rows: 0, digest: 0n };

/** A table of the target, with as many rows as the source has. */
export interface MovedTable {
  name: string;
  rows: number;
}

/** From where to where, and who hears how it goes. */
interface Move {
  source: BetterSqlite3.Database;
  runner: QueryRunner;
  /** Every table of the service, those that others refer to first. */
  tables: readonly EntityMetadata[];
  say: (sentence: string) => void;
}

/**
 * Copies everything from a SQLite database, which is left as it is, into an empty PostgreSQL database.
 * Every batch is kept at once, so that a move which is broken off goes on where it stopped. Until its
 * end no service starts on the target.
 *
 * @param entities every table of the service, those that others refer to first
 * @param say is told how it goes
 * @throws RefusedError when a service has the source open, or the target has rows that are not those
 * of the source, which stay
 */
export async function move(
  file: string,
  settings: PostgresSettings,
  entities: Entities,
  say: (sentence: string) => void,
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
    const dataSource = new DataSource(await dataSourceOptions(settings, database, entities));
    await dataSource.initialize();
    const runner = dataSource.createQueryRunner();
    try {
      const tables = entities.map((entity) => dataSource.getMetadata(entity));
      return await moveAll({ source, runner, tables, say });
    } finally {
      await runner.release();
      await dataSource.destroy();
    }
  } finally {
    source.close();
  }
}

async function moveAll(move: Move): Promise<MovedTable[]> {
  try {
    await takeTarget(move.runner);
    const begun = await findMoved(move.runner);
    if (begun === null) await begin(move);
    else await refuseUnlessBegunHere(move, begun);
    const moved = new Map<EntityMetadata, CountedRows>();
    for (const table of move.tables) {
      moved.set(table, await moveTable(move, table, begun?.get(table.tableName) ?? nothing));
    }
    await finish(move, moved);
    return [...moved].map(([{ tableName }, { rows }]) => ({ name: tableName, rows }));
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    throw new RefusedError(
      `The move was broken off: ${errorMessage(error)}. The same command goes on with it`,
    );
  }
}

/** @throws RefusedError while another command moves into the same database */
async function takeTarget(runner: QueryRunner): Promise<void> {
  await runner.query('SET statement_timeout = 0');
  // A server that dies may forget the last batches, together with word of them. The end is waited for.
  await runner.query('SET synchronous_commit = off');
  // A command whose machine is gone does not hold the lock for the hours that are usual.
  await runner.query('SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10');
  await runner.query('SET tcp_keepalives_count = 3');
  await runner.query(`SET lock_timeout = ${lockPatienceMs}`);
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [moveLock]);
  } catch (error) {
    // lock_not_available
    if (errorCode(error) !== '55P03') throw error;
    throw new RefusedError('Another move into this database is running: wait for its end');
  }
  await runner.query('SET lock_timeout = 0');
}

/** All or nothing: schema, and word that a move has begun, which keeps services from starting. */
async function begin({ runner, tables }: Move): Promise<void> {
  await inTransaction(runner, async () => {
    for (const { tableName } of tables) await refuseUnlessEmpty(runner, tableName);
    await migrate(runner);
    await beginMoved(
      runner,
      tables.map(({ tableName }) => tableName),
    );
  });
}

async function refuseUnlessEmpty(runner: QueryRunner, tableName: string): Promise<void> {
  if (!(await runner.hasTable(tableName))) return;
  const found = await runner.dataSource.query<unknown[]>(
    `SELECT 1 FROM ${tableName} LIMIT 1`,
    [],
    runner,
  );
  if (found.length === 0) return;
  throw new RefusedError(
    `The target is not empty: its table ${tableName} has rows. Make a database for the move, ` +
      'and start no service on it before',
  );
}

/**
 * What is moved must be what the source has in the same places: it may be another database, or a
 * service may have run on it since. Rows that came behind those are moved with the rest.
 */
async function refuseUnlessBegunHere(
  { source, runner, tables, say }: Move,
  begun: ReadonlyMap<string, CountedRows>,
): Promise<void> {
  if (!isUpToDate(await appliedMigrations(runner))) {
    throw new RefusedError(
      'The target has the unfinished move of an earlier version: make an empty database, and move there',
    );
  }
  const rowsSoFar = [...begun.values()].reduce((sum, { rows }) => sum + rows, 0);
  say(
    `The target has an unfinished move with ${rowsSoFar} rows: they are compared with the source`,
  );
  for (const table of tables) {
    const { rows, digest } = begun.get(table.tableName) ?? nothing;
    const found = { ...nothing };
    for (const batch of batchesOf(source, table, { limit: rows })) {
      found.rows += batch.texts.length;
      found.digest += batch.digest;
    }
    if (found.rows === rows && found.digest === digest) continue;
    throw new RefusedError(
      `The target has the unfinished move of another database, or of this one before it was changed ` +
        `(in ${table.tableName}): make an empty database, and move there`,
    );
  }
}

async function moveTable(
  { source, runner, say }: Move,
  table: EntityMetadata,
  begun: CountedRows,
): Promise<CountedRows> {
  let { rows, digest } = begun;
  for (const batch of batchesOf(source, table, { skip: rows })) {
    await insertMoved(runner, table, batch);
    digest += batch.digest;
    const next = rows + batch.texts.length;
    if (Math.floor(rows / saidEveryRows) < Math.floor(next / saidEveryRows)) {
      say(`${table.tableName}: ${next} rows so far`);
    }
    rows = next;
  }
  return { rows, digest };
}

/** While nobody can write: compares what is there with what was read, and lets services start. */
async function finish(
  { runner, tables, say }: Move,
  moved: ReadonlyMap<EntityMetadata, CountedRows>,
): Promise<void> {
  say('All rows are there: they are compared');
  await inTransaction(runner, async () => {
    await runner.query('SET LOCAL synchronous_commit = on');
    await runner.query(
      `LOCK TABLE ${tables.map(({ tableName }) => tableName).join(', ')} IN EXCLUSIVE MODE`,
    );
    for (const [table, { rows, digest }] of moved) {
      const found = await digestInTarget(runner, table);
      if (found.rows !== rows || found.digest !== digest) {
        throw new RefusedError(
          `Somebody else has written to the target: its table ${table.tableName} has ${found.rows} rows, ` +
            `which are not the ${rows} that were moved. Make an empty database, and move there`,
        );
      }
      await setSequence(runner, table);
    }
    await endMoved(runner);
  });
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

/** Services that start wait for its end, and so does whoever else begins one like it. */
async function inTransaction(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  await beginLocked(runner);
  try {
    await work();
  } catch (error) {
    await runner.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
  try {
    await runner.query('COMMIT');
  } catch (error) {
    throw new RefusedError(
      `The target was lost (${errorMessage(error)}): give the same command again. If it is refused then ` +
        'because the target is not empty, everything was moved',
    );
  }
}
