import { setTimeout as pause } from 'node:timers/promises';
import { DataSource, MigrationExecutor, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { errorCode } from '../errors/error-code.js';
import { isUpToDate } from './known-migrations.js';
import { refuseUnfinishedMove } from './unfinished-move.js';

/** The letters of `alice` as one number: an advisory lock that no other program is likely to take. */
const migrationsLock = 0x61_6c_69_63_65;

/** How often SQLite's lock is tried; another process that starts may be upgrading a large file. */
const attempts = 600;
const betweenAttemptsMs = 100;

/**
 * Connects and brings the schema up to date.
 *
 * @throws RefusedError when a newer version has been here, or a move into it is not finished
 * @throws what the driver or a migration failed with
 */
export async function openDataSource(options?: DataSourceOptions): Promise<DataSource> {
  if (!options) throw new Error('A data source needs options');
  const dataSource = new DataSource(options);
  await dataSource.initialize();
  try {
    await migrateOnce(dataSource);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

/**
 * Processes that start together run each migration once: they wait for one another, and those that
 * come later find it done. Lock and migrations are one transaction, so that a process that dies
 * leaves neither.
 */
async function migrateOnce(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  const isSqlite = dataSource.options.type !== 'postgres';
  try {
    // A start that has nothing to write does not wait for who writes, and can do without a disk.
    if (isSqlite && isUpToDate(await appliedMigrations(runner))) return;
    // SQLite obeys this only outside of a transaction.
    await runner.beforeMigration();
    await (isSqlite ? beginAlone(runner) : beginLocked(runner));
    try {
      await refuseUnfinishedMove(runner);
      await migrate(runner);
      await runner.query('COMMIT');
    } catch (error) {
      await runner.query('ROLLBACK');
      throw error;
    }
  } finally {
    await runner.afterMigration();
    await runner.release();
  }
}

/** Within the transaction that has begun. @throws RefusedError when a newer version has been here */
export async function migrate(runner: QueryRunner): Promise<void> {
  if (isUpToDate(await appliedMigrations(runner))) return;
  const executor = new MigrationExecutor(runner.dataSource, runner);
  executor.transaction = 'none';
  await executor.executePendingMigrations();
}

/** Their names, the oldest first. */
export async function appliedMigrations(runner: QueryRunner): Promise<string[]> {
  if (!(await runner.hasTable('migrations'))) return [];
  const sql = 'SELECT name FROM migrations ORDER BY id';
  const rows = await runner.dataSource.query<{ name: string }[]>(sql, [], runner);
  return rows.map(({ name }) => name);
}

/** Begins a transaction of which there is one at a time: services that start wait for its end. */
export async function beginLocked(runner: QueryRunner): Promise<void> {
  await runner.query('BEGIN');
  // For the wait as for the work; both may take longer than a request's statement.
  await runner.query('SET LOCAL statement_timeout = 0');
  await runner.query('SELECT pg_advisory_xact_lock($1)', [migrationsLock]);
}

/** @throws the last refusal when somebody else keeps writing for about a minute */
async function beginAlone(runner: QueryRunner): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await runner.query('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (errorCode(error) !== 'SQLITE_BUSY' || attempt === attempts) throw error;
      await pause(betweenAttemptsMs);
    }
  }
}
