import { statSync } from 'node:fs';
import { resolve } from 'node:path';

/** What was done to the files of a database that is open. */
export type FilesLoss = 'database-gone' | 'database-emptied' | 'log-gone';

/**
 * The files of an open SQLite database. SQLite goes on with those that it opened whatever becomes of
 * their names, so that what is written after somebody removed or replaced them is gone at the end.
 */
export class SqliteFiles {
  private readonly path: string;
  private readonly database: string | null;
  /** There from the first transaction on, for as long as the database is open. */
  private log: string | null = null;
  private hasContent = false;

  constructor(path: string) {
    this.path = resolve(path);
    this.database = identityOf(this.path)?.id ?? null;
  }

  /** @returns null while the names stand for the files that are open */
  findLoss(): FilesLoss | null {
    const database = identityOf(this.path);
    if (!database || database.id !== this.database) return 'database-gone';
    if (this.hasContent && database.size === 0) return 'database-emptied';
    this.hasContent = database.size > 0;
    const log = identityOf(`${this.path}-wal`);
    this.log ??= log?.id ?? null;
    return this.log === (log?.id ?? null) ? null : 'log-gone';
  }
}

function identityOf(path: string): { id: string; size: number } | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? { id: `${found.dev}:${found.ino}`, size: found.size } : null;
}
