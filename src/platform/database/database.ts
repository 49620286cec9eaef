/** A value that both databases can bind. Booleans are 1 and 0, both ways and on both databases. */
export type SqlValue = string | number | null;

/** A row as the SQL shaped it; bigint columns are numbers (milliseconds fit a double). */
export type Row = Record<string, SqlValue>;

/** A SELECT. */
export interface Query {
  /** With `?` for each parameter, in SQL that both databases read alike; see {@link now}. */
  sql: string;
  parameters: readonly SqlValue[];
}

/** One statement of a write batch. */
export interface Statement extends Query {
  /** How many rows it must hit, or the whole batch is rolled back; any number when left out. */
  expectedRows?: number;
}

/** What a committed statement did: the rows of its RETURNING (or SELECT), and how many it hit. */
export interface StatementResult {
  rows: Row[];
  affected: number;
}

/** Either all statements took effect, or none did because one missed the rows it expected. */
export type BatchOutcome =
  { committed: true; results: StatementResult[] } | { committed: false; missedStatement: number };

/**
 * The database as the hot path uses it: prepared statements, and writes only as batches.
 *
 * Every write of the service goes through {@link write}. A lone statement issued while another
 * request's transaction awaits would join that transaction on SQLite and vanish with its rollback:
 * a claim believed held, a nonce believed spent.
 */
export abstract class Database {
  /** The rows of each query, all of the same committed state. @throws DatabaseUnavailableError */
  abstract read(...queries: readonly Query[]): Promise<Row[][]>;

  /**
   * All statements or none, in one transaction.
   *
   * @throws DatabaseUnavailableError when nothing was written
   * @throws CommitOutcomeUnknownError when the connection was lost before the answer to COMMIT
   */
  abstract write(batch: readonly Statement[]): Promise<BatchOutcome>;

  /** Why nothing can be read or written until this process is started again, or null. */
  abstract findLoss(): string | null;
}

/**
 * Milliseconds since the epoch by the database's clock, the only *now* that leases and expiry go by:
 * the time of the statement, not of its transaction. A function of the connection on SQLite, an
 * expression on PostgreSQL; this and the four below are all that the two spell differently.
 */
export const now = 'now_ms()';

/** A subquery with the column `value`: the elements of a parameter that is a JSON array of texts. */
export const elementsOfParameter = '(SELECT value FROM json_each(?))';

/** How large the database is in bytes, with its indexes and, on SQLite, its log. */
export const databaseBytes = 'database_bytes()';

/**
 * Ends a SELECT of rows to delete: those that another replica is deleting are its business. SQLite,
 * which has one writer at a time, does without.
 */
export const skipLocked = 'FOR UPDATE SKIP LOCKED';

/**
 * Ends a SELECT of a row that must not be deleted before the write is committed. SQLite, which has one
 * writer at a time, does without.
 */
export const heldInPlace = 'FOR KEY SHARE';
