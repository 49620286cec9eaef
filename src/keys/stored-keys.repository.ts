import { Injectable } from '@nestjs/common';
import type { Clock } from '../platform/time/clock.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { Database, now, type SqlValue, type Statement } from '../platform/database/database.js';
import { hasLiveLease } from '../platform/database/lease.js';
import { longestPauseMs } from './key-policy.js';
import type { KeySource, KeyHealth, KeyState, ModelRestriction } from './key-state.js';
import type { KeyCounts } from './pooled-key.js';
import type { StoredKey } from './stored-key.entity.js';

/** A key as read, with its state as of now. */
export type KeyRow = Omit<StoredKey, 'retired' | 'probedUntil' | 'changedAt'> & {
  retired: number;
};

/** A key that is written for the first time. */
export interface NewKeyRow {
  id: string;
  fingerprint: string;
  source: KeySource;
  lastFour: string;
  label: string | null;
  secret: string | null;
}

/** A key of the API with its sealed secret. */
export interface SealedKeyRow extends NewKeyRow {
  /** Whether there is a retired row with this id. */
  isKnown: boolean;
}

/** A change of state, its times as rows have them, on top of the version that it was decided upon. */
export interface HealthWrite {
  id: string;
  version: number;
  health: KeyHealth;
}

export const keyColumns = `id, fingerprint, label, source, last_four AS "lastFour", secret, retired, state, reason,
  until, strikes AS "consecutiveFailures", models, last_error AS "lastError", calls, failures, input_tokens AS "inputTokens",
  output_tokens AS "outputTokens", last_used_at AS "lastUsedAt", version, created_at AS "createdAt"`;

/** So many rows of counts are one statement; the rest is padded, so that it is always the same one. */
const countsAtOnce = 64;
const noCounts = ['', 0, 0, 0, 0, 0, null] as const;
const countsRow =
  '(CAST(? AS varchar), CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint), CAST(? AS varchar))';

/** The SQL of keys. Times are epoch milliseconds; changes are dated by the database's clock. */
@Injectable()
export class StoredKeysRepository {
  constructor(private readonly database: Database) {}

  /** Makes rows for keys of the environment and the file; one that is known keeps its state. */
  async register(keys: readonly NewKeyRow[]): Promise<void> {
    await this.database.write(
      keys.flatMap((key) => [
        insert(key),
        {
          sql: `UPDATE api_keys SET retired = 0, source = ?, changed_at = ${now}
                WHERE fingerprint = ? AND source <> 'api' AND (retired = 1 OR source <> ?)`,
          parameters: [key.source, key.fingerprint, key.source],
        },
      ]),
    );
  }

  /**
   * Stores keys of the API, all or none. A row that is retired is taken over, with its state.
   *
   * @returns false when the cipher that they are sealed with is no longer the vault's, or when one of
   *   them was added meanwhile
   */
  async storeSealed(keys: readonly SealedKeyRow[], cipherId: string): Promise<boolean> {
    const outcome = await this.database.write([
      {
        sql: 'UPDATE key_vault SET cipher_id = cipher_id WHERE id = 1 AND cipher_id = ?',
        parameters: [cipherId],
        expectedRows: 1,
      },
      ...keys.map((key) => ({ ...(key.isKnown ? takeOver(key) : insert(key)), expectedRows: 1 })),
    ]);
    return outcome.committed;
  }

  /** Takes keys out of the lists that environment and file have no more; their state is kept. */
  async retire(ids: readonly string[]): Promise<void> {
    await this.database.write(
      ids.map((id) => ({
        sql: `UPDATE api_keys SET retired = 1, changed_at = ${now} WHERE id = ? AND source <> 'api'`,
        parameters: [id],
      })),
    );
  }

  /** Every key that is not retired, and the database's time of this look. */
  async listAll(): Promise<{ rows: KeyRow[]; lookedAt: number }> {
    return this.look('WHERE retired = 0 ORDER BY created_at, id', []);
  }

  /** Rows changed after a time, and the database's time of this look. */
  listChanged(since: number): Promise<{ rows: KeyRow[]; lookedAt: number }> {
    return this.look('WHERE changed_at > ?', [since]);
  }

  find(id: string): Promise<KeyRow | null> {
    return this.first('WHERE id = ? AND retired = 0', [id]);
  }

  /** Retired or not. */
  findByFingerprint(fingerprint: string): Promise<KeyRow | null> {
    return this.first('WHERE fingerprint = ?', [fingerprint]);
  }

  /** @returns for each, whether it was written: not when the row has changed since */
  async writeHealth(writes: readonly HealthWrite[]): Promise<boolean[]> {
    const outcome = await this.database.write(
      writes.map(({ id, version, health }) => ({
        sql: `UPDATE api_keys SET state = ?, reason = ?, until = ?, strikes = ?, models = ?,
                last_error = ?, version = version + 1, changed_at = ${now}
              WHERE id = ? AND version = ?`,
        parameters: [...healthValues(health), id, version],
      })),
    );
    return outcome.committed ? outcome.results.map(({ affected }) => affected === 1) : [];
  }

  /** Adds what was counted to what is stored. */
  async addCounts(counts: readonly { id: string; counts: KeyCounts }[]): Promise<void> {
    const batch: Statement[] = [];
    for (let start = 0; start < counts.length; start += countsAtOnce) {
      const rows = Array.from({ length: countsAtOnce }, (_, index) => {
        const row = counts[start + index];
        return row ? countValues(row.id, row.counts) : noCounts;
      });
      batch.push({ sql: addCounts, parameters: rows.flat() });
    }
    await this.database.write(batch);
  }

  /** An operator's word on a key's state. @returns the row, null when there is no such key */
  setHealth(id: string, health: KeyHealth): Promise<KeyRow | null> {
    return this.change(
      `UPDATE api_keys SET state = ?, reason = ?, until = ?, strikes = ?, models = ?, last_error = ?,
         probed_until = NULL, version = version + 1, changed_at = ${now}
       WHERE id = ? AND retired = 0 RETURNING ${keyColumns}`,
      [...healthValues(health), id],
    );
  }

  /** @returns the row, null when there is no such key */
  setLabel(id: string, label: string | null): Promise<KeyRow | null> {
    return this.change(
      `UPDATE api_keys SET label = ?, changed_at = ${now} WHERE id = ? AND retired = 0 RETURNING ${keyColumns}`,
      [label, id],
    );
  }

  /**
   * Forgets a stored key's secret and fingerprint at once. The row stays for a while, so that other
   * processes see that it is gone.
   */
  async delete(id: string): Promise<boolean> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE api_keys SET retired = 1, secret = NULL, fingerprint = id, last_four = '',
                version = version + 1, changed_at = ${now}
              WHERE id = ? AND retired = 0 AND source = 'api'`,
        parameters: [id],
        expectedRows: 1,
      },
    ]);
    return outcome.committed;
  }

  /** Deletes rows of keys that were deleted longer ago. */
  async purge(ageMs: number): Promise<void> {
    await this.database.write([
      {
        sql: `DELETE FROM api_keys WHERE retired = 1 AND source = 'api' AND changed_at < ${now} - ?`,
        parameters: [ageMs],
      },
    ]);
  }

  /** @returns true for one process of all that ask while a probe is due */
  async claimProbe(id: string, version: number, leaseMs: number): Promise<boolean> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE api_keys SET probed_until = ${now} + ?
              WHERE id = ? AND version = ? AND retired = 0 AND state IN ('invalid', 'exhausted')
                AND (probed_until IS NULL OR NOT ${hasLiveLease(leaseMs, 'probed_until')})`,
        parameters: [leaseMs, id, version],
        expectedRows: 1,
      },
    ]);
    return outcome.committed;
  }

  private async change(sql: string, parameters: readonly SqlValue[]): Promise<KeyRow | null> {
    const outcome = await this.database.write([{ sql, parameters }]);
    if (!outcome.committed) return null;
    return unsafeCast<KeyRow | undefined>(outcome.results[0]?.rows[0]) ?? null;
  }

  private async look(where: string, parameters: readonly SqlValue[]) {
    const [clock, rows] = await this.database.read(
      { sql: `SELECT ${now} AS "lookedAt"`, parameters: [] },
      { sql: `SELECT ${keyColumns} FROM api_keys ${where}`, parameters },
    );
    return { rows: unsafeCast<KeyRow[]>(rows), lookedAt: Number(clock?.[0]?.['lookedAt']) };
  }

  private async first(where: string, parameters: readonly SqlValue[]): Promise<KeyRow | null> {
    return (await this.select(where, parameters))[0] ?? null;
  }

  private async select(where: string, parameters: readonly SqlValue[]): Promise<KeyRow[]> {
    const sql = `SELECT ${keyColumns} FROM api_keys ${where}`;
    const [rows] = await this.database.read({ sql, parameters });
    return unsafeCast<KeyRow[]>(rows);
  }
}

/** A restriction as the column has it. */
type StoredRestriction = Omit<ModelRestriction, 'consecutiveFailures'> & { strikes: number };

/** The models that a row's key may not be used for; times are epoch milliseconds. */
export function modelsOf({ models }: KeyRow): ModelRestriction[] {
  const stored = unsafeCast<StoredRestriction[]>(JSON.parse(models));
  return stored.map(({ strikes, ...rest }) => ({ ...rest, consecutiveFailures: strikes }));
}

/** The state of a row, as the pool takes it: no pause is longer than its rule allows. */
export function healthOf(row: KeyRow, clock: Clock): KeyHealth {
  const { state, reason, until, consecutiveFailures, lastError } = row;
  const bounded = (epochMs: number, longest: KeyState): number =>
    Math.min(clock.fromEpoch(epochMs), clock.monotonic() + longestPauseMs[longest]);
  return {
    ...{ state, reason, consecutiveFailures, lastError },
    until: until === null ? null : bounded(until, state),
    models: modelsOf(row).map((restriction) => ({
      ...restriction,
      until: bounded(restriction.until, restriction.state),
    })),
  };
}

/** The state as a row has it. */
export function storedHealth(health: KeyHealth, clock: Clock): KeyHealth {
  const { until, models } = health;
  return {
    ...health,
    until: until === null ? null : clock.toEpoch(until),
    models: models.map((restriction) => ({
      ...restriction,
      until: clock.toEpoch(restriction.until),
    })),
  };
}

const addCounts = `UPDATE api_keys SET calls = calls + d.column2, failures = failures + d.column3,
    input_tokens = input_tokens + d.column4, output_tokens = output_tokens + d.column5,
    last_used_at = CASE WHEN last_used_at IS NULL OR last_used_at < d.column6
      THEN NULLIF(d.column6, 0) ELSE last_used_at END,
    last_error = COALESCE(d.column7, last_error)
  FROM (VALUES ${Array.from({ length: countsAtOnce }, () => countsRow).join(', ')}) AS d
  WHERE api_keys.id = d.column1`;

function countValues(id: string, counts: KeyCounts): SqlValue[] {
  const { calls, failures, inputTokens, outputTokens, lastUsedAt, lastError } = counts;
  return [id, calls, failures, inputTokens, outputTokens, lastUsedAt, lastError];
}

function healthValues(health: KeyHealth): SqlValue[] {
  const { state, reason, until, consecutiveFailures, models, lastError } = health;
  const stored: StoredRestriction[] = models.map(({ consecutiveFailures: strikes, ...rest }) => {
    return { ...rest, strikes };
  });
  return [state, reason, until, consecutiveFailures, JSON.stringify(stored), lastError];
}

/** Does nothing when the key is there already. */
function insert({ id, fingerprint, label, source, lastFour, secret }: NewKeyRow): Statement {
  const state: KeyState = 'active';
  return {
    sql: `INSERT INTO api_keys (id, fingerprint, label, source, last_four, secret, retired, state,
            strikes, models, calls, failures, input_tokens, output_tokens, version, changed_at, created_at)
          VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, '[]', 0, 0, 0, 0, 1, ${now}, ${now})
          ON CONFLICT (fingerprint) DO NOTHING`,
    parameters: [id, fingerprint, label, source, lastFour, secret, state],
  };
}

function takeOver({ id, label, source, lastFour, secret }: NewKeyRow): Statement {
  return {
    sql: `UPDATE api_keys SET retired = 0, label = ?, source = ?, last_four = ?, secret = ?,
            version = version + 1, changed_at = ${now}
          WHERE id = ? AND retired = 1`,
    parameters: [label, source, lastFour, secret, id],
  };
}
