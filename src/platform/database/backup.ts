import { closeSync, existsSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../errors/error-code.js';
import { copyDatabase, syncFolderOf } from './database-copy.js';
import { RefusedError } from './refused.error.js';
import { databaseFiles, findFile, isSameFile } from './sqlite-files.js';

/**
 * Backs a SQLite database up, whether services run on it or not.
 *
 * @param backup gets its name when it is whole
 * @returns its size in bytes
 * @throws RefusedError when there is no database, or something else under the backup's name or beside it
 */
export async function backUp(
  database: string,
  backup: string,
  { replace }: { replace: boolean },
): Promise<number> {
  if (!existsSync(database)) throw new RefusedError(`There is no database at ${database}`);
  if (!existsSync(dirname(backup))) {
    throw new RefusedError(`There is no folder ${dirname(backup)}: make it, or give another file`);
  }
  const found = findFile(backup);
  if (databaseFiles(database).some((file) => isSameFile(findFile(file), found))) {
    throw new RefusedError(`${backup} is the database itself: give another file`);
  }
  if (found?.isDirectory()) throw new RefusedError(`${backup} is a folder: give a file`);
  if (found && !replace) throw new RefusedError(isThere(backup));
  refuseBesideLog(backup);
  const unfinished = `${backup}.${process.pid}.unfinished`;
  await copyDatabase(database, unfinished, { readonly: false });
  try {
    if (replace) renameSync(unfinished, backup);
    else nameNew(unfinished, backup);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw new RefusedError(isThere(backup));
    throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
  syncFolderOf(backup);
  return statSync(backup).size;
}

function isThere(backup: string): string {
  return `${backup} is there already: give another file, or --replace`;
}

/** SQLite would take a log that stands beside a backup for that one's, and find it damaged. */
function refuseBesideLog(backup: string): void {
  const [, ...beside] = databaseFiles(backup);
  const log = beside.find((file) => existsSync(file));
  if (log === undefined) return;
  throw new RefusedError(
    `${log} is of a database that is open or was not closed: give another file`,
  );
}

/** @throws what the file system says (EEXIST) when something has the name, which a rename would replace */
function nameNew(unfinished: string, backup: string): void {
  try {
    linkSync(unfinished, backup);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw error;
    // Some file systems have no hard links: the name is taken by an empty file first.
    closeSync(openSync(backup, 'wx', 0o600));
    renameSync(unfinished, backup);
  }
}
