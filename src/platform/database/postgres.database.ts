import { Logger } from '@nestjs/common';
import type { Pool, QueryConfig, QueryResult } from 'pg';
import { CommitOutcomeUnknownError, DatabaseUnavailableError } from './database.errors.js';
import {
  Database,
  type BatchOutcome,
  type Query,
  type Row,
  type Statement,
  type StatementResult,
} from './database.js';
import { PostgresConnection, type QueryOutcome } from './postgres-connection.js';
import { endsConnection, isTransient, isTurnedAway, lacksSchema } from './postgres-failures.js';
import { prepareSql, toStoredText, type PreparedSql } from './postgres-sql.js';

/** How often a batch that the server turned away, or whose connection was stale, is begun again. */
const attempts = 3;
/** Beyond the server's own statement timeout, for the way there and back. */
const networkMs = 1_000;

const begin: QueryConfig = { text: 'BEGIN' };
const beginRead: QueryConfig = { text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' };
const commit: QueryConfig = { text: 'COMMIT' };
const rollback: QueryConfig = { text: 'ROLLBACK' };

/** The connection broke before COMMIT was sent: nothing was written, and another one may serve. */
class ConnectionLostError extends DatabaseUnavailableError {}

/**
 * PostgreSQL on the pool that TypeORM opened. A batch takes two round trips: BEGIN with all its
 * statements, then COMMIT or ROLLBACK. READ COMMITTED is enough for it, because every condition that
 * a write depends on stands in its own WHERE, which the server tests again after waiting for a row.
 */
export class PostgresDatabase extends Database {
  private readonly logger = new Logger(PostgresDatabase.name);
  private pool: Pool | null = null;
  /** Why only another start helps, which migrates the database. */
  private loss: string | null = null;
  private readonly prepared = new Map<string, PreparedSql>();

  /** @param statementTimeoutMs DATABASE_STATEMENT_TIMEOUT_MS, which the server keeps */
  constructor(private readonly statementTimeoutMs: number) {
    super();
  }

  /** Takes over the pool, before TypeORM uses it for the first time. */
  open(pool: Pool): void {
    this.pool = pool;
  }

  override read(...queries: readonly Query[]): Promise<Row[][]> {
    const sent = queries.map((query) => this.queryOf(query));
    return this.repeated(async (connection) => {
      if (sent.length === 1) {
        return resultsOf(connection, await connection.send(sent)).map(({ rows }) => rows);
      }
      const outcomes = await connection.send([beginRead, ...sent, commit]);
      const results = resultsOf(connection, outcomes);
      return results.slice(1, -1).map(({ rows }) => rows);
    });
  }

  override write(batch: readonly Statement[]): Promise<BatchOutcome> {
    const [only] = batch;
    return only && batch.length === 1 && this.needsNoTransaction(only)
      ? this.repeated((connection) => this.writeAlone(connection, only))
      : this.repeated((connection) => this.writeTogether(connection, batch));
  }

  override findLoss(): string | null {
    return this.loss;
  }

  /** The server commits a lone statement by itself; one that could hit too much must not be. */
  private needsNoTransaction({ sql, expectedRows }: Statement): boolean {
    return expectedRows === undefined || (expectedRows === 1 && this.prepare(sql).insertsOneRow);
  }

  private async writeAlone(
    connection: PostgresConnection,
    statement: Statement,
  ): Promise<BatchOutcome> {
    const [outcome] = await connection.send([this.queryOf(statement)]);
    if (outcome?.status !== 'fulfilled') throw failureOfCommit(connection, outcome?.reason);
    const result = statementResult(outcome.value);
    const isMissed =
      statement.expectedRows !== undefined && result.affected !== statement.expectedRows;
    return isMissed
      ? { committed: false, missedStatement: 0 }
      : { committed: true, results: [result] };
  }

  private async writeTogether(
    connection: PostgresConnection,
    batch: readonly Statement[],
  ): Promise<BatchOutcome> {
    const queries = batch.map((statement) => this.queryOf(statement));
    const [began, ...outcomes] = await connection.send([begin, ...queries]);
    if (began) resultsOf(connection, [began]);
    const results: StatementResult[] = [];
    // In their order: what follows a statement that failed or missed is only its consequence.
    for (const [index, { expectedRows }] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome?.status !== 'fulfilled') {
        await this.rollBack(connection);
        throw failureOf(connection, outcome?.reason);
      }
      const result = statementResult(outcome.value);
      if (expectedRows !== undefined && result.affected !== expectedRows) {
        await this.rollBack(connection);
        return { committed: false, missedStatement: index };
      }
      results.push(result);
    }
    const [committed] = await connection.send([commit]);
    if (committed?.status !== 'fulfilled') throw failureOfCommit(connection, committed?.reason);
    return { committed: true, results };
  }

  /** A connection that cannot even do this is closed, and the server rolls back by itself. */
  private async rollBack(connection: PostgresConnection): Promise<void> {
    if (connection.lost) return;
    const [outcome] = await connection.send([rollback]);
    if (outcome?.status === 'rejected') connection.lost ??= new Error('ROLLBACK failed');
  }

  private async repeated<Result>(
    work: (connection: PostgresConnection) => Promise<Result>,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      const connection = await this.connect();
      try {
        return await work(connection);
      } catch (error) {
        const mayRepeat = error instanceof ConnectionLostError || isTurnedAway(error);
        if (attempt < attempts && mayRepeat && !connection.isTooLate) continue;
        if (lacksSchema(error)) throw this.lose(error);
        throw isTurnedAway(error) ? new DatabaseUnavailableError(error) : error;
      } finally {
        connection.release();
      }
    }
  }

  private lose(error: unknown): DatabaseUnavailableError {
    if (this.loss === null) {
      this.loss = `the database has not the schema of this version (${String(error)})`;
      this.logger.error({ event: 'database.lost', reason: this.loss });
    }
    return new DatabaseUnavailableError(error);
  }

  /** Whatever keeps a connection from being had (no server, a full pool, a wrong password) may pass. */
  private async connect(): Promise<PostgresConnection> {
    try {
      if (!this.pool) throw new Error('not connected');
      const client = await this.pool.connect();
      return new PostgresConnection(client, this.statementTimeoutMs + networkMs);
    } catch (error) {
      throw new DatabaseUnavailableError(error);
    }
  }

  private queryOf({ sql, parameters }: Query): QueryConfig {
    const { name, text } = this.prepare(sql);
    return { name, text, values: parameters.map(toStoredText) };
  }

  /** Statements are few and fixed, so each is translated once, and parsed once on a connection. */
  private prepare(sql: string): PreparedSql {
    const known = this.prepared.get(sql);
    if (known) return known;
    const prepared = prepareSql(sql, `s${this.prepared.size}`);
    this.prepared.set(sql, prepared);
    return prepared;
  }
}

function statementResult({ rows, rowCount }: QueryResult<Row>): StatementResult {
  return { rows, affected: rowCount ?? rows.length };
}

function resultsOf(
  connection: PostgresConnection,
  outcomes: readonly QueryOutcome[],
): QueryResult<Row>[] {
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw failureOf(connection, outcome.reason);
    return outcome.value;
  });
}

/** What a query failed with that nothing had been committed by. */
function failureOf(connection: PostgresConnection, reason: unknown): unknown {
  if (endsConnection(reason)) connection.lost ??= new Error('The server ended the session');
  if (connection.lost) return new ConnectionLostError(reason);
  return isTransient(reason) ? new DatabaseUnavailableError(reason) : reason;
}

/** The same of what may have been committed, although its answer was lost. */
function failureOfCommit(connection: PostgresConnection, reason: unknown): unknown {
  const failure = failureOf(connection, reason);
  return failure instanceof ConnectionLostError ? new CommitOutcomeUnknownError(reason) : failure;
}
