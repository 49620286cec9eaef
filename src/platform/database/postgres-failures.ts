/** SQLSTATE of an error that the server itself reported, or '' of one that it did not. */
function sqlState(error: unknown): string {
  const isFromServer = error instanceof Error && 'severity' in error && 'code' in error;
  return isFromServer && typeof error.code === 'string' ? error.code : '';
}

/** Deadlocks and serialization failures: the server rolled back so that others could go on. */
export function isTurnedAway(error: unknown): boolean {
  return /^40(001|P01)$/.test(sqlState(error));
}

/** The server ended the session, or is about to (classes 08 and 57P, and idle sessions). */
export function endsConnection(error: unknown): boolean {
  return /^(08|57P|25P03)/.test(sqlState(error));
}

/** Tables or columns are not there: the database was made new, or is one of an older version. */
export function lacksSchema(error: unknown): boolean {
  return /^(42P01|42703|3F000)$/.test(sqlState(error));
}

/**
 * Conditions of the server that may pass: too many connections, a full disk, a statement that took
 * too long, locks that could not be taken, a standby that only reads. The rest are this program's.
 */
export function isTransient(error: unknown): boolean {
  return endsConnection(error) || /^(53|58|57014|55P03|25006)/.test(sqlState(error));
}
