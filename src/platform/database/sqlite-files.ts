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
    this.database = findFile(this.path);
  }

  /** Looked up after each commit. @returns null while the names stand for the files that are open */
  findLoss(): FilesLoss | null {
    const database = findFile(this.path);
    if (!database || !isSameFile(database, this.database)) return 'database-gone';
    if (this.hasContent && database.size === 0) return 'database-emptied';
    this.hasContent = database.size > 0;
    const log = findFile(this.logPath);
    this.log ??= log;
    return this.log === undefined || isSameFile(log, this.log) ? null : 'log-gone';
  }
}

/** A SQLite database and, after it, the files that SQLite may have beside it. */
export function databaseFiles(path: string): string[] {
  return [path, `${path}-wal`, `${path}-shm`, `${path}-journal`];
}

export function findFile(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** Whether two names stand for one file that is there. */
export function isSameFile(one: Stats | undefined, other: Stats | undefined): boolean {
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}
