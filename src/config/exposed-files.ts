import { statSync } from 'node:fs';

/** Read permission for everybody on the machine. */
const readableByAll = 0o004;

/** A warning for each of these files, where there is one, that every user of the machine can read. */
export function warnOfExposed(files: readonly string[]): string[] {
  return files
    .filter((file) => {
      const found = statSync(file, { throwIfNoEntry: false });
      return found?.isFile() && (found.mode & readableByAll) !== 0;
    })
    .map((file) => `${file} can be read by every user of this machine: chmod 600 ${file}`);
}
