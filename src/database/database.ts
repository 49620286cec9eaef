/** A value that both databases can bind. */
export type SqlValue = string | number | null;

/** A row as the SQL shaped it; bigint columns are numbers (milliseconds fit a double). */
export type Row = Record<string, SqlValue>;

/** A SELECT. */
export interface Query {
  /** With `?` for each parameter. */
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

  /** All statements or none, in one transaction. @throws DatabaseUnavailableError */
  abstract write(batch: readonly Statement[]): Promise<BatchOutcome>;
}

/**
 * Milliseconds since the epoch by the database's clock, the only *now* that leases and expiry go by.
 * On SQLite it is a function that the connection defines.
 */
export const now = 'now_ms()';
