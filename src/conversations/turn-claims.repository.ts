import { Injectable } from '@nestjs/common';
import {
  Database,
  elementsOfParameter,
  now,
  type Row,
  type Statement,
} from '../platform/database/database.js';
import { statementsOf, writeOf } from '../platform/database/statements.js';
import type { UnitOfWork, Write } from '../platform/database/unit-of-work.js';
import { Settings } from '../config/settings.js';
import type { ClaimFailure } from './claim-failure.js';
import {
  conversationColumns,
  conversationOf,
  type StoredConversation,
} from './conversations.repository.js';
import { afterIdleTime, alive, claimed, free, timesOf } from './conversations.sql.js';
import type { TimesToLive } from './idle-time.js';
import {
  changeItems,
  itemsOf,
  readItems,
  type ItemsChange,
  type ReadItems,
} from './items.repository.js';

/** A conversation as its claim found it. */
export interface FoundConversation extends Omit<StoredConversation, 'items'> {
  version: number;
  /** Null when they were not asked for. */
  items: ReadItems | null;
}

/** Which conversation, and whose. */
export interface ConversationKey {
  ownerId: string;
  conversationId: string;
}

/** Which turn a write belongs to. */
export interface ClaimKey extends ConversationKey {
  claim: string;
}

/** A turn whose commit was sent. */
export interface CommittedTurn extends ClaimKey {
  /** Its last item; who finds it knows that all of the turn is kept. */
  answerId: string;
  /** Of its conversation, should the turn not be kept. */
  timeToLiveMs: number | null;
}

/**
 * A claim is an id that nobody can guess, and only who comes after it overwrites it: whoever still
 * finds it has lost nothing, however long ago its lease ran out.
 */
const commitClaim = `UPDATE conversations SET claim = NULL, lease_until = NULL, expires_at = ${now} + ?,
  version = version + 1 WHERE id = ? AND owner_id = ? AND claim = ? AND ${alive}`;

/** The SQL of turns: who has a conversation, and what a turn writes when it gives it back. */
@Injectable()
export class TurnClaimsRepository {
  private readonly leaseMs: number;
  /** SQL: whether a turn runs. */
  private readonly claimed: string;
  /** One text, as the prepared statement is found by it. */
  private readonly takeClaim: string;

  constructor(
    private readonly database: Database,
    { conversations }: Settings,
  ) {
    this.leaseMs = conversations.turnLeaseSeconds * 1_000;
    this.claimed = claimed(this.leaseMs);
    this.takeClaim = `UPDATE conversations SET claim = ?, lease_until = ${now} + ?
      WHERE id = ? AND owner_id = ? AND ${free(this.leaseMs)}
      RETURNING ${conversationColumns}, version`;
  }

  /** Takes the conversation for one turn, together with its items if they are wanted. */
  async claim(
    { ownerId, conversationId, claim }: ClaimKey,
    wantsItems: boolean,
  ): Promise<FoundConversation | null> {
    const outcome = await this.database.write([
      {
        sql: this.takeClaim,
        parameters: [claim, this.leaseMs, conversationId, ownerId],
        expectedRows: 1,
      },
      ...(wantsItems ? [itemsOf(conversationId)] : []),
    ]);
    if (!outcome.committed) return null;
    const [taken, items] = outcome.results;
    const [row] = taken?.rows ?? [];
    if (!row) return null;
    return {
      ...conversationOf(row),
      version: Number(row['version']),
      items: items ? readItems(items.rows) : null,
    };
  }

  /** Gives back a claim that no turn was begun with. */
  async withdraw({ ownerId, conversationId, claim }: ClaimKey): Promise<void> {
    await this.database.write([
      {
        sql: `UPDATE conversations SET claim = NULL, lease_until = NULL
              WHERE id = ? AND owner_id = ? AND claim = ?`,
        parameters: [conversationId, ownerId, claim],
      },
    ]);
  }

  /** Lengthens every lease, and takes those again that ran out. @returns the claims that still hold */
  async renew(claims: readonly string[]): Promise<string[]> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE conversations SET lease_until = ${now} + ?
              WHERE claim IN ${elementsOfParameter} AND ${alive} RETURNING claim`,
        parameters: [this.leaseMs, JSON.stringify(claims)],
      },
    ]);
    return outcome.committed ? outcome.results.flatMap(({ rows }) => rows).map(claimOf) : [];
  }

  /** Ends a turn that failed: nothing of it is kept, and its idle time starts. */
  async release(key: ClaimKey, timeToLiveMs: number | null): Promise<void> {
    await this.database.write([releaseClaim(key, timeToLiveMs)]);
  }

  /**
   * Writes a turn and gives the conversation back, all or nothing.
   *
   * @param change what it does to the items
   * @param unitOfWork what is written with it
   * @returns false when the claim no longer holds, or another statement missed: nothing was written
   */
  async commit(
    { ownerId, conversationId, claim }: ClaimKey,
    change: ItemsChange,
    timeToLiveMs: number | null,
    unitOfWork: UnitOfWork,
  ): Promise<boolean> {
    const outcome = await this.database.write([
      {
        sql: commitClaim,
        parameters: [timeToLiveMs, conversationId, ownerId, claim],
        expectedRows: 1,
      },
      ...changeItems(conversationId, change),
      ...statementsOf(unitOfWork),
    ]);
    return outcome.committed;
  }

  /**
   * Whether a turn is kept whose commit was not answered. Releasing its claim first waits for a
   * commit that the server is still at, and leaves nothing that could be committed afterwards.
   */
  async settle(turn: CommittedTurn): Promise<boolean> {
    const outcome = await this.database.write([
      releaseClaim(turn, turn.timeToLiveMs),
      {
        sql: 'SELECT 1 FROM items WHERE conversation_id = ? AND id = ?',
        parameters: [turn.conversationId, turn.answerId],
      },
    ]);
    return outcome.committed && outcome.results[1]?.affected === 1;
  }

  /** Why a conversation was not free a moment ago. */
  async findClaimFailure({ ownerId, conversationId }: ConversationKey): Promise<ClaimFailure> {
    const [[row] = []] = await this.database.read({
      sql: `SELECT CASE WHEN ${this.claimed} THEN lease_until - ${now} ELSE 0 END AS lease_ms
            FROM conversations WHERE id = ? AND owner_id = ? AND ${alive}`,
      parameters: [conversationId, ownerId],
    });
    return row ? { type: 'claimed', leaseMs: Number(row['lease_ms']) } : { type: 'unknown' };
  }
}

/** Ends a turn of which only the claim is known, as one that failed. */
export function endTurn({ ownerId, conversationId, claim }: ClaimKey, times: TimesToLive): Write {
  return writeOf({
    sql: `UPDATE conversations SET claim = NULL, lease_until = NULL, expires_at = ${afterIdleTime}
          WHERE id = ? AND owner_id = ? AND claim = ? AND ${alive}`,
    parameters: [conversationId, ...timesOf(times), conversationId, ownerId, claim],
  });
}

/** Notes which model a conversation was asked with last. */
export function setModel({ ownerId, conversationId }: ConversationKey, model: string): Write {
  return writeOf({
    sql: 'UPDATE conversations SET model = ? WHERE id = ? AND owner_id = ?',
    parameters: [model, conversationId, ownerId],
    expectedRows: 1,
  });
}

function releaseClaim(
  { ownerId, conversationId, claim }: ClaimKey,
  timeToLiveMs: number | null,
): Statement {
  return {
    sql: `UPDATE conversations SET claim = NULL, lease_until = NULL, expires_at = ${now} + ?
          WHERE id = ? AND owner_id = ? AND claim = ? AND ${alive}`,
    parameters: [timeToLiveMs, conversationId, ownerId, claim],
  };
}

function claimOf(row: Row): string {
  return String(row['claim']);
}
