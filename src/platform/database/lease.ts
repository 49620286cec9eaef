import { now } from './database.js';

/** Below this a lease is believed whatever TURN_LEASE_SECONDS says here: another process's may differ. */
const alwaysBelievedMs = 120_000;

/**
 * SQL: whether somebody holds the row by a lease that has not run out.
 *
 * One that ends later than twice its time from now was written before the clock was set back. It
 * would hold the row for as long as the clock was wrong, so it does not count.
 *
 * @param leaseMs how long leases are by this process's settings
 * @param column where it stands, should its name alone not tell
 */
export function hasLiveLease(leaseMs: number, column = 'lease_until'): string {
  const longestMs = Math.max(2 * leaseMs, alwaysBelievedMs);
  return `(${column} > ${now} AND ${column} <= ${now} + ${longestMs})`;
}
