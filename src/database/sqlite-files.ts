import { statSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';

/** What was done to the files of a database that is open. */
export type FilesLoss = 'database-gone' | 'database-emptied' | 'log-gone';

/**
 * The files of an open SQLite database. SQLite goes on with those that it opened whatever becomes of
 * their names, so that what is written after somebody removed or replaced them is gone at the end.
 */
export class SqliteFiles {
  private readonly path: string;
  private readonly logPath: string;
  private readonly database: Stats | undefined;
  /** There from the first transaction on, for as long as the database is open. */
  private log: Stats | undefined;
  private hasContent = false;

  constructor(path: string) {
    this.path = resolve(path);
    this.logPath = `${this.path}-wal`;
    this.database = find(this.path);
  }

  /** Looked up after each commit. @returns null while the names stand for the files that are open */
  findLoss(): FilesLoss | null {
    const database = find(this.path);
    if (!database || !isSame(database, this.database)) return 'database-gone';
    if (this.hasContent && database.size === 0) return 'database-emptied';
    this.hasContent = database.size > 0;
    const log = find(this.logPath);
    this.log ??= log;
    return isSame(log, this.log) ? null : 'log-gone';
  }
}

function find(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function isSame(one: Stats | undefined, other: Stats | undefined): boolean {
  return one?.ino === other?.ino && one?.dev === other?.dev;
}
