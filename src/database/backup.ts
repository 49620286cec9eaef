import { existsSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { copyDatabase, syncFolderOf } from './database-copy.js';
import { RefusedError } from './refused.error.js';
import { databaseFiles, findFile, isSameFile } from './sqlite-files.js';

/**
 * Backs a SQLite database up, whether services run on it or not.
 *
 * @param backup gets its name when it is whole
 * @returns its size in bytes
 * @throws RefusedError when there is no database, or something else under the name of the backup
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
  if (found && !replace) {
    throw new RefusedError(`${backup} is there already: give another file, or --replace`);
  }
  const unfinished = `${backup}.${process.pid}.unfinished`;
  await copyDatabase(database, unfinished, { readonly: false });
  renameSync(unfinished, backup);
  syncFolderOf(backup);
  return statSync(backup).size;
}
