import { statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type BetterSqlite3 from 'better-sqlite3';
import { errorCode } from '../errors/error-code.js';
import type { Clock } from '../time/clock.js';
import { unsafeCast } from '../unsafe-cast.js';
import { RefusedError } from './refused.error.js';
import type { FilesLoss, SqliteFiles } from './sqlite-files.js';
import { DatabaseUnavailableError } from './database.errors.js';
import { LoopShare } from '../time/loop-share.js';
import {
  Database,
  heldInPlace,
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

const passing = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB|NOMEM|PERM)/;
/** How long a read or a write waits for another process that holds the database. */
const patienceMs = 5_000;
/** The longest pause between two tries. */
const longestPauseMs = 50;

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
  /** By the clock that only goes forward; null until it finds the database locked. */
  waitsSince: number | null;
  resolve: (outcome: BatchOutcome) => void;
  reject: (reason: unknown) => void;
}

/**
 * SQLite on the connection that TypeORM opened. A transaction runs in one tick, without an `await`
 * in it, so that no statement of anybody else can come between BEGIN and COMMIT.
 *
 * Batches of one turn of the event loop share a transaction, each in a savepoint of its own: the end
 * of a transaction costs more than a turn's statements, and eight turns in one cost a third of what
 * they cost one by one. Nobody hears of a batch before it is committed. Where a turn would take long,
 * later ones do what is left of its reads and batches.
 */
export class SqliteDatabase extends Database {
  private readonly logger = new Logger(SqliteDatabase.name);
  private connection: BetterSqlite3.Database | null = null;
  private files: SqliteFiles | null = null;
  private waiting: WaitingBatch[] = [];
  /** How often in a row the waiting batches have found the database locked. */
  private refusals = 0;
  private retry: NodeJS.Timeout | null = null;
  /** Why nothing more is read or written until the process is started again. */
  private loss: string | null = null;
  private readonly prepared = new Map<string, PreparedStatement>();
  private readonly loop: LoopShare;

  constructor(private readonly clock: Clock) {
    super();
    this.loop = new LoopShare(clock);
  }

  /**
   * Takes over the connection, before TypeORM uses it for the first time.
   *
   * @param files as they were before it was opened; null in memory
   * @throws RefusedError when they were replaced until it had its first lock, which then keeps them
   */
  open(
    connection: BetterSqlite3.Database,
    synchronous: 'normal' | 'full',
    files: SqliteFiles | null,
  ): void {
    connection.pragma('journal_mode = WAL');
    connection.pragma(`synchronous = ${synchronous}`);
    connection.pragma(`cache_size = -${cacheKibibytes}`);
    connection.pragma('temp_store = memory');
    connection.pragma(`wal_autocheckpoint = ${checkpointPages}`);
    connection.function('now_ms', { deterministic: false }, () => this.clock.now());
    connection.function('database_bytes', { deterministic: false }, () =>
      fileBytes(connection.name),
    );
    this.connection = connection;
    this.files = files;
    if (files?.findLoss()) {
      throw new RefusedError('The database file was replaced while it was opened: start again');
    }
  }

  override findLoss(): string | null {
    const found = this.loss === null ? this.files?.findLoss() : null;
    if (found) this.lose(found);
    if (this.loss !== null) return this.loss;
    return this.connection?.open ? null : 'it is closed';
  }

  override async read(...queries: readonly Query[]): Promise<Row[][]> {
    const turn = this.loop.next();
    if (turn) await turn;
    let waitsSince: number | null = null;
    for (let refusals = 0; ; refusals += 1) {
      try {
        return this.readNow(queries);
      } catch (error) {
        waitsSince ??= this.clock.monotonic();
        if (!isLocked(error) || this.hasWaited(waitsSince)) throw this.failureOf(error);
        await pause(pauseMs(refusals));
      }
    }
  }

  override write(batch: readonly Statement[]): Promise<BatchOutcome> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ batch, waitsSince: null, resolve, reject });
      if (this.waiting.length === 1) setImmediate(this.writeWaiting);
    });
  }

  private readNow(queries: readonly Query[]): Row[][] {
    const transaction = queries.length > 1;
    if (transaction) this.run(beginRead);
    try {
      return queries.map((query) => this.run(query).rows);
    } finally {
      if (transaction) this.run(commit);
    }
  }

  private readonly writeWaiting = (): void => {
    const { waiting } = this;
    const { settled, locked } = this.writeAll(waiting);
    this.waiting = waiting.slice(settled);
    if (locked) this.waitForLock();
    else {
      this.refusals = 0;
      if (this.waiting.length > 0) setImmediate(this.writeWaiting);
    }
  };

  /**
   * Another process writes. SQLite itself would wait in this thread, where nobody else could be
   * answered meanwhile; so those that wait are tried again later, in their order.
   */
  private waitForLock(): void {
    const now = this.clock.monotonic();
    for (const batch of this.waiting) batch.waitsSince ??= now;
    this.retry ??= setTimeout(this.tryAgain, pauseMs(this.refusals));
    this.refusals += 1;
  }

  private readonly tryAgain = (): void => {
    this.retry = null;
    const tooLong = this.waiting.filter(({ waitsSince }) => this.hasWaited(waitsSince));
    this.writeWaiting();
    // None was refused, and some may only wait for their turn.
    if (this.refusals === 0) return;
    const locked = new DatabaseUnavailableError(new Error('another process keeps writing'));
    for (const batch of tooLong) if (this.waiting.includes(batch)) batch.reject(locked);
    this.waiting = this.waiting.filter((batch) => !tooLong.includes(batch));
  };

  private hasWaited(since: number | null): boolean {
    return since !== null && this.clock.monotonic() - since >= patienceMs;
  }

  /** @returns how many are settled, from the first on, and whether the next found the database locked */
  private writeAll(waiting: readonly WaitingBatch[]): { settled: number; locked: boolean } {
    const batches = waiting.map(({ batch }) => batch);
    const together = batches.length < 2 ? null : this.writeTogether(batches);
    if (together === 'locked') return { settled: 0, locked: true };
    const tried = waiting.slice(0, together?.length);
    for (const [index, { batch, resolve, reject }] of tried.entries()) {
      const attempt = together?.[index] ?? this.writeAlone(batch);
      if (attempt.status === 'fulfilled') resolve(attempt.value);
      else if (!together && isLocked(attempt.reason)) return { settled: index, locked: true };
      else reject(this.failureOf(attempt.reason));
    }
    return { settled: tried.length, locked: false };
  }

  /**
   * @returns what became of each until they had taken long; null when they cannot be committed as
   *   one: then nothing is written of any
   */
  private writeTogether(batches: readonly (readonly Statement[])[]): Attempt[] | 'locked' | null {
    try {
      this.run(begin);
    } catch (reason) {
      if (isLocked(reason)) return 'locked';
      return batches.map(() => ({ status: 'rejected', reason }));
    }
    try {
      const beganAt = this.clock.monotonic();
      const attempts: Attempt[] = [];
      for (const batch of batches) {
        attempts.push(this.writeInside(batch));
        if (this.loop.isUsedUp(beganAt)) break;
      }
      this.commit();
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
      if (isKept(attempt)) this.commit();
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

  /** Nobody hears of what was kept in files that nobody will find again. */
  private commit(): void {
    this.run(commit);
    const found = this.files?.findLoss();
    if (found && !this.lose(found)) throw new DatabaseUnavailableError(new Error(found));
  }

  /** SQLite ends a transaction by itself on some errors; a second end would throw. */
  private rollBack(): void {
    if (!this.connection?.inTransaction) return;
    try {
      this.run(rollback);
    } catch (error) {
      // What comes next would join this transaction.
      this.close(`a transaction could not be ended (${String(error)})`);
      this.connection.close();
    }
  }

  /**
   * The files are not the service's any more. What is in the log still goes to the database that it
   * belongs to, which leaves nothing to be read into another one that has taken its name.
   *
   * @returns whether everything that was committed is in the database of that name
   */
  private lose(found: FilesLoss): boolean {
    const isInPlace = found === 'log-gone' && this.emptyLog();
    if (found === 'database-gone') this.emptyLog();
    this.close(lossReasons[found]);
    return isInPlace;
  }

  /** @returns whether all of it went to the database */
  private emptyLog(): boolean {
    try {
      return this.connection?.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0;
    } catch (error) {
      this.logger.error(`The write-ahead log could not be copied: ${String(error)}`);
      return false;
    }
  }

  private close(reason: string): void {
    this.loss = reason;
    this.logger.error({ event: 'database.lost', reason });
  }

  /** Conditions of the machine may pass; anything else is a fault of this program. */
  private failureOf(error: unknown): unknown {
    const code = errorCode(error);
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(code) && this.loss === null) {
      this.close(`the database file is damaged (${code})`);
    }
    return passing.test(code) ? new DatabaseUnavailableError(error) : error;
  }

  private run({ sql, parameters }: Statement): StatementResult {
    const { statement, columns } = this.prepare(sql);
    if (!statement.reader) {
      return { rows: [], affected: statement.run(...parameters).changes };
    }
    const rows = unsafeCast<SqlValue[][]>(statement.all(...parameters));
    return { rows: rows.map((values) => rowOf(columns, values)), affected: rows.length };
  }

  /** Statements are few and fixed, so each is compiled once and kept. */
  private prepare(sql: string): PreparedStatement {
    const connection = this.connected();
    const known = this.prepared.get(sql);
    if (known) return known;
    // Migrations, which may hold the event loop, are done when the service runs its first statement.
    if (this.prepared.size === 0) connection.pragma('busy_timeout = 0');
    const statement = connection.prepare<SqlValue[]>(withoutLocks(sql));
    const columns = statement.reader ? statement.raw().columns() : [];
    const prepared = { statement, columns: columns.map(({ name }) => name) };
    this.prepared.set(sql, prepared);
    return prepared;
  }

  private connected(): BetterSqlite3.Database {
    if (this.loss !== null) throw new DatabaseUnavailableError(new Error(this.loss));
    if (!this.connection?.open) throw new DatabaseUnavailableError(new Error('not connected'));
    return this.connection;
  }
}

function fileBytes(file: string): number {
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

const lossReasons: Record<FilesLoss, string> = {
  'database-gone': 'the database file was removed or replaced while it was open',
  'database-emptied': 'the database file was emptied while it was open',
  'log-gone': 'the write-ahead log was removed or replaced while it was open',
};

/** Soon at first: other processes of the service write for a fraction of a millisecond. */
function pauseMs(refusals: number): number {
  return Math.min(longestPauseMs, 2 ** Math.min(refusals, 6));
}

function isLocked(error: unknown): boolean {
  return errorCode(error).startsWith('SQLITE_BUSY');
}

function withoutLocks(sql: string): string {
  return sql.replace(skipLocked, '').replace(heldInPlace, '');
}
