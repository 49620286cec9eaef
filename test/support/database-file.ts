import BetterSqlite3 from 'better-sqlite3';
import type { TestService } from './service.js';

/** A row as stored. */
export type StoredRow = Record<string, string | number | null>;

/** Reads or changes a running service's database through a connection of its own. */
export function withDatabase<Result>(
  { databaseFile }: TestService,
  use: (database: BetterSqlite3.Database) => Result,
): Result {
  const database = new BetterSqlite3(databaseFile);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** The items of a conversation, in order. */
export function itemsOf(service: TestService, conversationId: string): StoredRow[] {
  return withDatabase(service, (database) =>
    database
      .prepare<[string], StoredRow>(
        'SELECT * FROM items WHERE conversation_id = ? ORDER BY position',
      )
      .all(conversationId),
  );
}

/** How many rows a table has. */
export function countRows(service: TestService, table: string): number {
  return withDatabase(service, (database) =>
    Number(database.prepare(`SELECT COUNT(*) FROM ${table}`).pluck().get()),
  );
}
