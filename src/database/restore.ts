import { linkSync, renameSync, statSync } from 'node:fs';
import { makePrivate } from './data-source.options.js';
import { copyDatabase, lockAlone, removeDatabase, syncFolderOf } from './database-copy.js';
import { RefusedError } from './refused.error.js';
import { findFile, isSameFile } from './sqlite-files.js';

/**
 * Puts a backup in a SQLite database's place, while no service runs on it. The database so far is
 * whole under its name until the backup is, also when the process ends in between.
 *
 * @returns the name under which the database so far is kept, null when there was none
 * @throws RefusedError when somebody has the database open, or the backup cannot be started on
 */
export async function restore(backup: string, database: string): Promise<string | null> {
  const found = findFile(backup);
  if (!found?.isFile()) {
    throw new RefusedError(`There is no backup at ${backup}`);
  }
  if (isSameFile(found, findFile(database))) {
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

/** Gives the database a second name. */
function keep(database: string): string | null {
  if (statSync(database).size === 0) return null;
  const kept = `${database}.until-${new Date().toISOString().replaceAll(/[-:.]/g, '')}`;
  linkSync(database, kept);
  return kept;
}
