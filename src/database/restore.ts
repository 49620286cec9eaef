import { linkSync, renameSync, statSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { errorCode } from '../common/errors/error-code.js';
import { isSame } from './backup.js';
import { makePrivate } from './data-source.options.js';
import { copyDatabase, removeDatabase, syncFolderOf } from './database-copy.js';
import { RefusedError } from './refused.error.js';

/**
 * Puts a backup in a SQLite database's place, while no service runs on it. The database so far is
 * whole under its name until the backup is, also when the process ends in between.
 *
 * @returns the name under which the database so far is kept, null when there was none
 * @throws RefusedError when somebody has the database open, or the backup cannot be started on
 */
export async function restore(backup: string, database: string): Promise<string | null> {
  if (!statSync(backup, { throwIfNoEntry: false })?.isFile()) {
    throw new RefusedError(`There is no backup at ${backup}`);
  }
  if (isSame(backup, database)) {
    throw new RefusedError(`${backup} is the database itself`);
  }
  makePrivate(database);
  const lock = lockAlone(database);
  try {
    const copy = `${database}.restoring`;
    // Of an attempt that was ended; nobody else has the lock.
    removeDatabase(copy);
    await copyDatabase(backup, copy, { readonly: true });
    const kept = keep(database);
    renameSync(copy, database);
    syncFolderOf(database);
    return kept;
  } finally {
    lock.close();
  }
}

/**
 * Holds a database so that nobody else can have it open. Whoever has, be it idle, holds a lock of
 * SQLite's on it that bars this one. Its log is in the file itself then, and none is beside it.
 */
export function lockAlone(database: string): BetterSqlite3.Database {
  const connection = new BetterSqlite3(database, { timeout: 0, fileMustExist: true });
  try {
    // Only who is alone may do this; it takes the log in and removes it.
    connection.pragma('journal_mode = DELETE');
    connection.pragma('locking_mode = EXCLUSIVE');
    connection.exec('BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    connection.close();
    if (errorCode(error).startsWith('SQLITE_BUSY')) {
      throw new RefusedError(`${database} is in use: stop every service and program on it first`);
    }
    if (/^SQLITE_(NOTADB|CORRUPT)/.test(errorCode(error))) {
      throw new RefusedError(
        `${database} is damaged (${errorCode(error)}), so that nobody can tell whether it is in use: ` +
          'stop every service on it, and move it away with its -wal and -shm',
      );
    }
    throw error;
  }
}

/** Gives the database a second name. */
function keep(database: string): string | null {
  if (statSync(database).size === 0) return null;
  const kept = `${database}.until-${new Date().toISOString().replaceAll(/[-:.]/g, '')}`;
  linkSync(database, kept);
  return kept;
}
