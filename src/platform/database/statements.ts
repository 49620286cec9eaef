import type { Statement } from './database.js';
import { Write, type UnitOfWork } from './unit-of-work.js';

/** A {@link Write} as the database sees it. */
class Statements extends Write {
  constructor(override readonly statements: readonly Statement[]) {
    super();
  }
}

/** What a repository adds to a unit of work. */
export function writeOf(...statements: readonly Statement[]): Write {
  return new Statements(statements);
}

/** What is to be written for a unit of work, in the order in which it was added. */
export function statementsOf({ writes }: UnitOfWork): Statement[] {
  return writes.flatMap((write) => (write instanceof Statements ? write.statements : []));
}
