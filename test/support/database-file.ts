import BetterSqlite3 from 'better-sqlite3';
import type { TestService } from './service.js';
import { isPostgres, query } from './stored.js';

/** A row as stored. */
export type StoredRow = Record<string, string | number | null>;

/** How many rows a table has. */
export function countRows({ databaseFile }: TestService, table: string): number {
  return query(databaseFile, `SELECT 1 FROM ${table}`).length;
}

/** The items of a conversation with every column, in order. */
export function itemRows({ databaseFile }: TestService, conversationId: string): StoredRow[] {
  const sql = 'SELECT * FROM items WHERE conversation_id = ? ORDER BY position';
  return query<StoredRow>(databaseFile, sql, conversationId);
}

/** Writes beside the service that has the database open. @param sql with `@name` for parameters */
export function write({ databaseFile }: TestService, sql: string, parameters: StoredRow): void {
  if (isPostgres(databaseFile)) {
    const names = [...sql.matchAll(/@(\w+)/g)].map(([, name]) => name!);
    const values = names.map((name) => parameters[name]);
    query(databaseFile, sql.replaceAll(/@\w+/g, '?'), ...values);
    return;
  }
  const connection = new BetterSqlite3(databaseFile);
  try {
    connection.prepare(sql).run(parameters);
  } finally {
    connection.close();
  }
}

/** Writes a row beside the service that has the database open. */
export function insertRow(service: TestService, table: string, row: StoredRow): void {
  const columns = Object.keys(row);
  const values = columns.map((column) => `@${column}`);
  write(service, `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values.join(', ')})`, row);
}
