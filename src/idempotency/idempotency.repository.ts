import { setImmediate as otherWork } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { BufferedResponse } from '../platform/http/buffered-response.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { Settings } from '../config/settings.js';
import {
  Database,
  elementsOfParameter,
  now,
  skipLocked,
  type Query,
  type Row,
  type Statement,
} from '../platform/database/database.js';
import { hasLiveLease } from '../platform/database/lease.js';
import { writeOf } from '../platform/database/statements.js';
import type { Write } from '../platform/database/unit-of-work.js';
import { mostBodyBytes, type EndedAnswer } from './ended-answer.js';

/** One call under a key. */
export interface KeyUse {
  ownerId: string;
  scope: string;
  bodyHash: string;
  /** This call among all that ever come under the key. */
  claim: string;
}

/** What became of the call that used the key before. */
export type EarlierUse = { bodyHash: string } & (
  | { type: 'running'; leaseMs: number }
  | { type: 'answered'; answer: BufferedResponse }
  /** The answer was too large to be kept, or had to make room for later ones. */
  | { type: 'not-kept'; reason: 'too-large' | 'dropped' }
);

/** An answer's place among those that are kept. */
export interface KeptPlace {
  expiresAt: number;
  scope: string;
}

/** Answers that are looked at in one go. */
const lookedAtOnce = 1_000;

/** How long an answer can be replayed. */
const retentionMs = 86_400_000;

/** The SQL of what is known of keys. Times are epoch milliseconds of the database's clock. */
@Injectable()
export class IdempotencyRepository {
  private readonly leaseMs: number;
  /** SQL: whether the call runs. */
  private readonly running: string;

  constructor(
    private readonly database: Database,
    { conversations }: Settings,
  ) {
    this.leaseMs = conversations.turnLeaseSeconds * 1_000;
    this.running = hasLiveLease(this.leaseMs);
  }

  /** Takes a key that is new, forgotten, or held by a call that died. @returns whether it did */
  async take({ ownerId, scope, bodyHash, claim }: KeyUse): Promise<boolean> {
    const outcome = await this.database.write([
      {
        sql: `INSERT INTO idempotency_records
                (scope, owner_id, body_hash, claim, lease_until, expires_at)
              VALUES (?, ?, ?, ?, ${now} + ?, ${now} + ?)
              ON CONFLICT (scope) DO UPDATE SET
                body_hash = excluded.body_hash, claim = excluded.claim,
                lease_until = excluded.lease_until, expires_at = excluded.expires_at,
                status = NULL, headers = NULL, body = NULL
              WHERE idempotency_records.owner_id = excluded.owner_id
                AND (idempotency_records.expires_at <= ${now}
                  OR NOT ${hasLiveLease(this.leaseMs, 'idempotency_records.lease_until')})`,
        parameters: [scope, ownerId, bodyHash, claim, this.leaseMs, retentionMs],
      },
    ]);
    return outcome.committed && outcome.results[0]?.affected === 1;
  }

  /** The use that keeps a key from being taken, if there still is one. */
  async find({ ownerId, scope }: KeyUse): Promise<EarlierUse | null> {
    const [[row] = []] = await this.database.read({
      sql: `SELECT body_hash, status, headers, body, lease_until - ${now} AS lease_ms
            FROM idempotency_records
            WHERE scope = ? AND owner_id = ? AND expires_at > ${now} AND (claim IS NULL OR ${this.running})`,
      parameters: [scope, ownerId],
    });
    return row ? toEarlierUse(row) : null;
  }

  /**
   * Lengthens every lease. One that ran out is taken again, for only who comes after it overwrites
   * the claim. @returns the claims that still hold
   */
  async renew(claims: readonly string[]): Promise<string[]> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE idempotency_records SET lease_until = ${now} + ?
              WHERE claim IN ${elementsOfParameter} RETURNING claim`,
        parameters: [this.leaseMs, JSON.stringify(claims)],
      },
    ]);
    const rows = outcome.committed ? outcome.results.flatMap((result) => result.rows) : [];
    return rows.map(({ claim }) => String(claim));
  }

  /** Records the answer of a call that writes nothing else. @returns whether the key was still its own */
  async saveAnswer(use: KeyUse, answer: EndedAnswer): Promise<boolean> {
    const outcome = await this.database.write([answerRecording(use, answer)]);
    return outcome.committed;
  }

  /** Forgets a call that has no answer; nothing happens once it has one. */
  async delete(use: KeyUse): Promise<void> {
    await this.database.write([deletion(use)]);
  }

  /** Where the newest answers are together larger than the limit; null while all of them are not. */
  async findFirstBeyond(maxBytes: number): Promise<KeptPlace | null> {
    let kept = 0;
    let place: KeptPlace | null = null;
    for (;;) {
      const [rows = []] = await this.database.read(keptBehind(place));
      for (const row of rows) {
        place = { expiresAt: Number(row['expires_at']), scope: String(row['scope']) };
        kept += Number(row['bytes']);
        if (kept > maxBytes) return place;
      }
      if (rows.length < lookedAtOnce) return null;
      await otherWork();
    }
  }

  /** Drops the answers at a place and before it; that the calls were done is kept. @returns how many */
  async dropAnswers({ expiresAt, scope }: KeptPlace, limit: number): Promise<number> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE idempotency_records SET headers = NULL, body = NULL
              WHERE scope IN (
                SELECT scope FROM idempotency_records
                WHERE body IS NOT NULL AND expires_at <= ? AND (expires_at < ? OR scope <= ?)
                ORDER BY expires_at, scope LIMIT ? ${skipLocked})`,
        parameters: [expiresAt, expiresAt, scope, limit],
      },
    ]);
    return outcome.committed ? (outcome.results[0]?.affected ?? 0) : 0;
  }

  /** Forgets keys past their time. @returns how many */
  async deleteExpired(limit: number): Promise<number> {
    const outcome = await this.database.write([
      {
        sql: `DELETE FROM idempotency_records
              WHERE scope IN (SELECT scope FROM idempotency_records WHERE expires_at <= ${now}
                              LIMIT ? ${skipLocked})
              AND expires_at <= ${now}`,
        parameters: [limit],
      },
    ]);
    return outcome.committed ? (outcome.results[0]?.affected ?? 0) : 0;
  }
}

/** The next answers that are kept, from the newest back. */
function keptBehind(place: KeptPlace | null): Query {
  const behind = place === null ? '' : 'AND expires_at <= ? AND (expires_at < ? OR scope < ?)';
  return {
    sql: `SELECT scope, expires_at, octet_length(body) + octet_length(headers) AS bytes
          FROM idempotency_records WHERE body IS NOT NULL ${behind}
          ORDER BY expires_at DESC, scope DESC LIMIT ${lookedAtOnce}`,
    parameters: place === null ? [] : [place.expiresAt, place.expiresAt, place.scope],
  };
}

/** Records a call's answer; when the key is no longer the call's, nothing of the unit of work is written. */
export function recordAnswer(use: KeyUse, answer: EndedAnswer): Write {
  return writeOf(answerRecording(use, answer));
}

/** Forgets a call that has no answer; nothing happens once it has one. */
export function discard(use: KeyUse): Write {
  return writeOf(deletion(use));
}

function answerRecording({ ownerId, scope, claim }: KeyUse, answer: EndedAnswer): Statement {
  const isKept = answer.body !== null && Buffer.byteLength(answer.body) <= mostBodyBytes;
  return {
    sql: `UPDATE idempotency_records SET claim = NULL, lease_until = NULL,
            status = ?, headers = ?, body = ?, expires_at = ${now} + ?
          WHERE scope = ? AND owner_id = ? AND claim = ?`,
    parameters: [
      answer.status,
      JSON.stringify(answer.headers),
      isKept ? answer.body : null,
      retentionMs,
      scope,
      ownerId,
      claim,
    ],
    expectedRows: 1,
  };
}

function deletion({ ownerId, scope, claim }: KeyUse): Statement {
  return {
    sql: 'DELETE FROM idempotency_records WHERE scope = ? AND owner_id = ? AND claim = ?',
    parameters: [scope, ownerId, claim],
  };
}

function toEarlierUse(row: Row): EarlierUse {
  const bodyHash = String(row['body_hash']);
  const { status, headers, body } = row;
  if (typeof status !== 'number') {
    return { bodyHash, type: 'running', leaseMs: Number(row['lease_ms']) };
  }
  if (typeof body !== 'string') {
    return { bodyHash, type: 'not-kept', reason: headers === null ? 'dropped' : 'too-large' };
  }
  const kept = unsafeCast<Record<string, string>>(JSON.parse(String(headers)));
  return { bodyHash, type: 'answered', answer: { status, headers: kept, body } };
}
