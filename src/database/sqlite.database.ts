import { statSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import type BetterSqlite3 from 'better-sqlite3';
import { errorCode } from '../common/errors/error-code.js';
import type { Clock } from '../common/time/clock.js';
import { trusted } from '../common/trusted.js';
import { DatabaseUnavailableError } from './database.errors.js';
import {
  Database,
  skipLocked,
  type BatchOutcome,
  type Query,
  type Row,
  type SqlValue,
  type Statement,
  type StatementResult,
} from './database.js';

/** Filled only as far as the database is read and written; the built-in 2 MiB is soon outgrown. */
const cacheKibibytes = 8_192;
/** Pages of 4 KiB in the log until they are copied to the database: seldom, as copying syncs files. */
const checkpointPages = 4_000;

/** A compiled statement, with the names of its columns if it returns rows. */
interface PreparedStatement {
  statement: BetterSqlite3.Statement<SqlValue[]>;
  columns: readonly string[];
}

/** What became of a batch. */
type Attempt = PromiseSettledResult<BatchOutcome>;

/** A batch that somebody waits for. */
interface WaitingBatch {
  batch: readonly Statement[];
  resolve: (outcome: BatchOutcome) => void;
  reject: (reason: unknown) => void;
}

/**
 * SQLite on the connection that TypeORM opened. A transaction runs in one tick, without an `await`
 * in it, so that no statement of anybody else can come between BEGIN and COMMIT.
 *
 * Batches of one turn of the event loop share a transaction, each in a savepoint of its own: the end
 * of a transaction costs more than a turn's statements, and eight turns in one cost a third of what
 * they cost one by one. Nobody hears of a batch before it is committed.
 */
export class SqliteDatabase extends Database {
  private readonly logger = new Logger(SqliteDatabase.name);
  private connection: BetterSqlite3.Database | null = null;
  private waiting: WaitingBatch[] = [];
  private readonly prepared = new Map<string, PreparedStatement>();

  constructor(private readonly clock: Clock) {
    super();
  }

  /** Takes over the connection, before TypeORM uses it for the first time. */
  open(connection: BetterSqlite3.Database, synchronous: 'normal' | 'full'): void {
    connection.pragma('journal_mode = WAL');
    connection.pragma(`synchronous = ${synchronous}`);
    connection.pragma(`cache_size = -${cacheKibibytes}`);
    connection.pragma('temp_store = memory');
    connection.pragma(`wal_autocheckpoint = ${checkpointPages}`);
    connection.function('now_ms', { deterministic: false }, () => this.clock.now());
    connection.function('database_bytes', { deterministic: false }, () => bytesOf(connection.name));
    this.connection = connection;
  }

  override read(...queries: readonly Query[]): Promise<Row[][]> {
    return this.settled(() => {
      const transaction = queries.length > 1;
      if (transaction) this.run(beginRead);
      try {
        return queries.map((query) => this.run(query).rows);
      } finally {
        if (transaction) this.run(commit);
      }
    });
  }

  override write(batch: readonly Statement[]): Promise<BatchOutcome> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ batch, resolve, reject });
      if (this.waiting.length === 1) setImmediate(this.writeWaiting);
    });
  }

  private readonly writeWaiting = (): void => {
    const { waiting } = this;
    this.waiting = [];
    const batches = waiting.map(({ batch }) => batch);
    const together = batches.length === 1 ? null : this.writeTogether(batches);
    const attempts = together ?? batches.map((batch) => this.writeAlone(batch));
    for (const [index, { resolve, reject }] of waiting.entries()) {
      const attempt = attempts[index];
      if (attempt?.status === 'fulfilled') resolve(attempt.value);
      else reject(failureOf(attempt?.reason));
    }
  };

  /** @returns null when they cannot be committed as one: then nothing is written of any */
  private writeTogether(batches: readonly (readonly Statement[])[]): Attempt[] | null {
    try {
      this.run(begin);
    } catch (reason) {
      return batches.map(() => ({ status: 'rejected', reason }));
    }
    try {
      const attempts = batches.map((batch) => this.writeInside(batch));
      this.run(commit);
      return attempts;
    } catch {
      // A full disk, say, and each batch hears of it when it is tried by itself.
      this.rollBack();
      return null;
    }
  }

  /** @throws when the batch took the whole transaction with it */
  private writeInside(batch: readonly Statement[]): Attempt {
    this.run(savepoint);
    const attempt = this.attempt(batch);
    if (!isKept(attempt)) this.run(rollbackToSavepoint);
    this.run(release);
    return attempt;
  }

  private writeAlone(batch: readonly Statement[]): Attempt {
    try {
      this.run(begin);
      const attempt = this.attempt(batch);
      if (isKept(attempt)) this.run(commit);
      else this.rollBack();
      return attempt;
    } catch (reason) {
      this.rollBack();
      return { status: 'rejected', reason };
    }
  }

  private attempt(batch: readonly Statement[]): Attempt {
    try {
      const results: StatementResult[] = [];
      for (const [index, statement] of batch.entries()) {
        const result = this.run(statement);
        if (statement.expectedRows !== undefined && result.affected !== statement.expectedRows) {
          return { status: 'fulfilled', value: { committed: false, missedStatement: index } };
        }
        results.push(result);
      }
      return { status: 'fulfilled', value: { committed: true, results } };
    } catch (reason) {
      return { status: 'rejected', reason };
    }
  }

  /** SQLite ends a transaction by itself on some errors; a second end would throw. */
  private rollBack(): void {
    if (!this.connection?.inTransaction) return;
    try {
      this.run(rollback);
    } catch (error) {
      // What comes next would join this transaction. So it finds no database, and neither does the
      // readiness check.
      this.logger.error(
        `A transaction could not be ended, the database is closed until a restart: ${String(error)}`,
      );
      this.connection.close();
    }
  }

  private run({ sql, parameters }: Statement): StatementResult {
    const { statement, columns } = this.prepare(sql);
    if (!statement.reader) {
      return { rows: [], affected: statement.run(...parameters).changes };
    }
    const rows = trusted<SqlValue[][]>(statement.all(...parameters));
    return { rows: rows.map((values) => rowOf(columns, values)), affected: rows.length };
  }

  /** Statements are few and fixed, so each is compiled once and kept. */
  private prepare(sql: string): PreparedStatement {
    const connection = this.connected();
    const known = this.prepared.get(sql);
    if (known) return known;
    const statement = connection.prepare<SqlValue[]>(sql.replace(skipLocked, ''));
    const columns = statement.reader ? statement.raw().columns() : [];
    const prepared = { statement, columns: columns.map(({ name }) => name) };
    this.prepared.set(sql, prepared);
    return prepared;
  }

  private connected(): BetterSqlite3.Database {
    if (!this.connection?.open) throw new DatabaseUnavailableError(new Error('not connected'));
    return this.connection;
  }

  private settled<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve) => {
      try {
        resolve(work());
      } catch (error) {
        throw failureOf(error);
      }
    });
  }
}

function bytesOf(file: string): number {
  return ['', '-wal'].reduce((sum, suffix) => {
    return sum + (statSync(file + suffix, { throwIfNoEntry: false })?.size ?? 0);
  }, 0);
}

/** Faster than the driver's own objects: half the time for a long history. */
function rowOf(columns: readonly string[], values: readonly SqlValue[]): Row {
  const row: Row = {};
  let index = 0;
  for (const column of columns) row[column] = values[index++] ?? null;
  return row;
}

const begin: Statement = { sql: 'BEGIN IMMEDIATE', parameters: [] };
const beginRead: Statement = { sql: 'BEGIN', parameters: [] };
const commit: Statement = { sql: 'COMMIT', parameters: [] };
const rollback: Statement = { sql: 'ROLLBACK', parameters: [] };
const savepoint: Statement = { sql: 'SAVEPOINT batch', parameters: [] };
const rollbackToSavepoint: Statement = { sql: 'ROLLBACK TO batch', parameters: [] };
const release: Statement = { sql: 'RELEASE batch', parameters: [] };

function isKept(attempt: Attempt): boolean {
  return attempt.status === 'fulfilled' && attempt.value.committed;
}

/** Conditions of the machine may pass; anything else is a fault of this program. */
function failureOf(error: unknown): unknown {
  const isPassing = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOMEM)/.test(
    errorCode(error),
  );
  return isPassing ? new DatabaseUnavailableError(error) : error;
}
