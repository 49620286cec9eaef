import { now, type SqlValue } from '../platform/database/database.js';
import { hasLiveLease } from '../platform/database/lease.js';
import { sentenceKind, type TimesToLive } from './idle-time.js';

/**
 * How long a conversation lives on after a turn whose process died: half of the default idle time.
 * The claim tells, so that taking it need not touch the time of expiry, which has an index.
 */
const abandonedMs = 900_000;

/** SQL: whether the conversation is left over from a turn that ended without a word. */
export const abandoned = `(claim IS NOT NULL AND lease_until > ${now} - ${abandonedMs})`;

/** A running turn keeps its conversation from expiring, so the conditions stand together. */
export const alive = `(expires_at IS NULL OR expires_at > ${now} OR ${abandoned})`;

/** SQL: whether a turn runs. @param leaseMs how long leases are by this process's settings */
export function claimed(leaseMs: number): string {
  return `(claim IS NOT NULL AND ${hasLiveLease(leaseMs)})`;
}

/** SQL: whether a turn may be begun. */
export function free(leaseMs: number): string {
  return `${alive} AND NOT ${claimed(leaseMs)}`;
}

/**
 * SQL: when a conversation expires that is left alone from now on. Its parameters are the
 * conversation's id and {@link timesOf}.
 */
export const afterIdleTime = `${now} + CASE WHEN idle_ms = 0 THEN NULL WHEN idle_ms > 0 THEN idle_ms
    WHEN (SELECT COUNT(*) FROM items WHERE conversation_id = ? AND kind = '${sentenceKind}') <= ?
    THEN CAST(? AS bigint) ELSE CAST(? AS bigint) END`;

export function timesOf({ shortSentences, short, long }: TimesToLive): SqlValue[] {
  return [shortSentences, short, long];
}
