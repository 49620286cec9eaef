import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { errorCode } from '../errors/error-code.js';
import { makePrivate } from './data-source.options.js';
import { copyDatabase, lockAlone, removeDatabase, syncFolderOf } from './database-copy.js';
import { RefusedError } from './refused.error.js';
import { findFile, isSameFile } from './sqlite-files.js';

/**
 * Puts a backup in a SQLite database's place, while no service runs on it. The database so far is
 * whole under its name until the backup is, also when the process ends in between. A refusal leaves
 * no file behind.
 *
 * @returns the name under which the database so far is kept, null when there was none
 * @throws RefusedError when somebody has the database open, the backup cannot be started on,
 * or the database so far cannot be kept
 */
export async function restore(backup: string, database: string): Promise<string | null> {
  const found = findFile(backup);
  if (!found?.isFile()) {
    throw new RefusedError(`There is no backup at ${backup}`);
  }
  if (isSameFile(found, findFile(database))) {
    throw new RefusedError(`${backup} is the database itself`);
  }
  const copy = `${database}.restoring`;
  if (isSameFile(found, findFile(copy))) {
    throw new RefusedError(`${backup} is not a backup, but what a restore that was ended left`);
  }
  const isNew = !existsSync(database);
  makePrivate(database);
  const lock = lockAlone(database);
  try {
    // Of an attempt that was ended; nobody else has the lock.
    removeDatabase(copy);
    await copyDatabase(backup, copy, { readonly: true });
    const kept = replace(database, copy);
    syncFolderOf(database);
    return kept;
  } catch (error) {
    removeDatabase(copy);
    if (isNew && isEmpty(database)) rmSync(database);
    throw error;
  } finally {
    lock.close();
  }
}

/** In one step. @returns the second name that the database so far has got, null when it is empty */
function replace(database: string, copy: string): string | null {
  const kept = keep(database);
  try {
    renameSync(copy, database);
    return kept;
  } catch (error) {
    if (kept !== null) rmSync(kept);
    throw error;
  }
}

/** Gives the database a second name. */
function keep(database: string): string | null {
  if (isEmpty(database)) return null;
  const kept = `${database}.until-${new Date().toISOString().replaceAll(/[-:.]/g, '')}`;
  try {
    linkSync(database, kept);
    return kept;
  } catch (error) {
    throw new RefusedError(
      `${database} cannot be kept as ${kept} (${errorCode(error)}): move it away yourself, and restore again`,
    );
  }
}

function isEmpty(file: string): boolean {
  return findFile(file)?.size === 0;
}
