import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { errorCode } from '../errors/error-code.js';
import { errorMessage } from '../errors/error-message.js';
import { unsafeCast } from '../unsafe-cast.js';
import { isUpToDate } from './known-migrations.js';
import { RefusedError } from './refused.error.js';
import { databaseFiles } from './sqlite-files.js';

/** In one step: a copy page by page begins again whenever another process writes meanwhile. */
const allPages = 0x7f_ff_ff_ff;

/**
 * Copies a SQLite database as it is at one moment, whoever writes to it meanwhile, into a new file for
 * this user alone, which is whole by itself and on the disk when this ends. Nothing is left otherwise.
 *
 * @throws RefusedError when it is damaged, or not a database that this version can start on
 */
export async function copyDatabase(
  file: string,
  copy: string,
  options: { readonly: boolean },
): Promise<void> {
  closeSync(openSync(copy, 'wx', 0o600));
  try {
    const source = new BetterSqlite3(file, { ...options, fileMustExist: true });
    try {
      await source.backup(copy, { progress: () => allPages });
    } finally {
      source.close();
    }
    checkCopy(file, copy);
    sync(copy);
  } catch (error) {
    removeDatabase(copy);
    const code = errorCode(error);
    if (!code.startsWith('SQLITE_')) throw error;
    throw new RefusedError(`${file} cannot be copied: ${errorMessage(error)} (${code})`);
  }
}

/** Removes a copy that was not finished, with what SQLite had beside it. */
export function removeDatabase(file: string): void {
  for (const path of databaseFiles(file)) rmSync(path, { force: true });
}

/** Until a name that was given or taken is on the disk. */
export function syncFolderOf(file: string): void {
  sync(dirname(file));
}

function checkCopy(file: string, copy: string): void {
  const connection = new BetterSqlite3(copy);
  try {
    // With a log of its own it would be whole only together with that.
    connection.pragma('journal_mode = DELETE');
    const found = connection.pragma('integrity_check(1)', { simple: true });
    if (found !== 'ok') throw new RefusedError(`${file} is damaged: ${String(found)}`);
    if (unsafeCast<unknown[]>(connection.pragma('foreign_key_check')).length > 0) {
      throw new RefusedError(`${file} is damaged: rows refer to others that are not there`);
    }
    isUpToDate(migrationsOf(connection, file));
  } finally {
    connection.close();
  }
}

/** Names of the migrations that a database has had. @throws RefusedError when it is not the service's */
export function migrationsOf(connection: BetterSqlite3.Database, file: string): string[] {
  const table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'";
  if (!connection.prepare(table).get()) {
    throw new RefusedError(`${file} is not a database of this service`);
  }
  const names = connection.prepare<[], string>('SELECT name FROM migrations').pluck();
  return names.all();
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

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
