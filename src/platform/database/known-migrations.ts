import { migrations } from './migrations/index.js';
import { RefusedError } from './refused.error.js';

const knownNames = new Set(migrations.map(({ name }) => name));

/**
 * @param applied names of the migrations that a database has had
 * @returns whether it has had all of them
 * @throws RefusedError when this version does not know one of them: what a newer version has written
 * would be misread, or written over
 */
export function isUpToDate(applied: readonly string[]): boolean {
  const unknown = applied.filter((name) => !knownNames.has(name));
  if (unknown.length > 0) {
    throw new RefusedError(
      `The database belongs to a newer version: this one does not know its ${unknown.join(', ')}. ` +
        'Start that version or a later one, or restore a backup from before its first start.',
    );
  }
  return applied.length === knownNames.size;
}
