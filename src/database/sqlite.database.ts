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

/**
 * SQLite on the connection that TypeORM opened. A batch runs in one tick, without an `await` in it,
 * so that no other request's statement can come between BEGIN and COMMIT.
 */
export class SqliteDatabase extends Database {
  private connection: BetterSqlite3.Database | null = null;
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
    return this.settled(() => this.runBatch(batch));
  }

  private runBatch(batch: readonly Statement[]): BatchOutcome {
    this.run(begin);
    try {
      const results: StatementResult[] = [];
      for (const [index, statement] of batch.entries()) {
        const result = this.run(statement);
        if (statement.expectedRows !== undefined && result.affected !== statement.expectedRows) {
          this.run(rollback);
          return { committed: false, missedStatement: index };
        }
        results.push(result);
      }
      this.run(commit);
      return { committed: true, results };
    } catch (error) {
      // SQLite ends the transaction by itself on some errors (a full disk); a second end would throw.
      if (this.connected().inTransaction) this.run(rollback);
      throw error;
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
    const known = this.prepared.get(sql);
    if (known) return known;
    const statement = this.connected().prepare<SqlValue[]>(sql.replace(skipLocked, ''));
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
        throw isTransient(error) ? new DatabaseUnavailableError(error) : error;
      }
    });
  }
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

/** Conditions of the machine, which may pass; anything else is a fault of this program. */
function isTransient(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOMEM)/.test(errorCode(error));
}
