import BetterSqlite3 from 'better-sqlite3';
import { existsSync, readFileSync } from 'node:fs';
import { queryPostgres } from './postgres-query.js';
import { until } from './until.js';

/** A row of `items`, as far as tests look at it. */
export interface StoredItem {
  turn: number;
  position: number;
  role: string;
  content: string;
  input_tokens: number | null;
  output_tokens: number | null;
}

/** The claim on a conversation, as stored. */
export interface StoredClaim {
  claim: string | null;
  lease_until: number | null;
}

/** Reads a database beside the service that has it open. */
export function query<Row>(databaseFile: string, sql: string, ...parameters: unknown[]): Row[] {
  if (isPostgres(databaseFile)) return queryPostgres(databaseFile, sql, parameters);
  const connection = new BetterSqlite3(databaseFile, { readonly: true });
  try {
    return connection.prepare(sql).all(...parameters) as Row[];
  } finally {
    connection.close();
  }
}

/** What is committed of a conversation, in order. */
export function storedItems(databaseFile: string, conversationId: string): StoredItem[] {
  return query(
    databaseFile,
    'SELECT * FROM items WHERE conversation_id = ? ORDER BY position',
    conversationId,
  );
}

export function storedClaim(databaseFile: string, conversationId: string): StoredClaim {
  const [row] = query<StoredClaim>(
    databaseFile,
    'SELECT claim, lease_until FROM conversations WHERE id = ?',
    conversationId,
  );
  if (row === undefined) throw new Error('No such conversation is stored');
  return row;
}

/** Until no turn holds the conversation, not even one whose lease has run out. */
export function untilFree(databaseFile: string, conversationId: string): Promise<void> {
  return until('the conversation is free', () => {
    return storedClaim(databaseFile, conversationId).claim === null;
  });
}

/** Whether the database is known by its URL. */
export function isPostgres(databaseFile: string): boolean {
  return /^postgres(ql)?:/.test(databaseFile);
}

/** Everything that the database keeps: a file's bytes with its write-ahead log's, or all rows. */
export function databaseBytes(databaseFile: string): Buffer {
  if (isPostgres(databaseFile)) return Buffer.from(allRows(databaseFile));
  const files = ['', '-wal', '-shm'].map((suffix) => databaseFile + suffix);
  return Buffer.concat(files.filter((file) => existsSync(file)).map((file) => readFileSync(file)));
}

function allRows(url: string): string {
  const sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
  const tables = query<{ tablename: string }>(url, sql);
  return tables
    .flatMap(({ tablename }) =>
      query<{ row: string }>(url, `SELECT t::text AS row FROM "${tablename}" t`),
    )
    .map(({ row }) => row)
    .join('\n');
}
