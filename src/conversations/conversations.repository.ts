import { Injectable } from '@nestjs/common';
import {
  Database,
  elementsOfParameter,
  now,
  skipLocked,
  type Row,
  type Statement,
} from '../database/database.js';
import { trusted } from '../common/trusted.js';
import type { Conversation } from './conversation.entity.js';
import type { Item } from './item.entity.js';

/** What a turn writes of an item; the table's other columns follow from the conversation. */
export type NewItem = Omit<Item, 'conversation' | 'conversationId' | 'createdAt'>;

/** A conversation that a read found, as stored, with what was said. */
export interface StoredConversation {
  conversation: Omit<Conversation, 'metadata' | 'claim' | 'leaseUntil' | 'expiresAt' | 'createdAt'>;
  items: StoredItem[];
}

/** What turns and readers need of an item; histories are long, so nothing else is read. */
export type StoredItem = Pick<
  Item,
  'id' | 'turn' | 'position' | 'kind' | 'role' | 'content' | 'inputTokens'
>;

/** Items that a write takes away: one, or everything behind a position. */
export type RemovedItems = { id: string } | { afterPosition: number };

/** What a write does to the items of a conversation; what is removed goes first. */
export interface ItemsChange {
  added: readonly NewItem[];
  removed?: RemovedItems | null;
}

/** Which turn a write belongs to. */
export interface ClaimKey {
  conversationId: string;
  claim: string;
}

/** Why a conversation could not be had. */
export type Obstacle = { type: 'unknown' } | { type: 'claimed'; leaseMs: number };

/**
 * How long a conversation lives on after a turn whose process died: half of the default idle time.
 * The claim tells, so that taking it need not touch the time of expiry, which has an index.
 */
const abandonedMs = 900_000;

/** A running turn keeps its conversation from expiring, so the conditions stand together. */
const claimed = `(claim IS NOT NULL AND lease_until > ${now})`;
const abandoned = `(claim IS NOT NULL AND lease_until > ${now} - ${abandonedMs})`;
export const alive = `(expires_at IS NULL OR expires_at > ${now} OR ${abandoned})`;
const free = `${alive} AND NOT ${claimed}`;

const conversationColumns =
  'id, kind, prompt, human_name, ai_name, settings, stream, model, idle_ms';
const itemColumns =
  'id, conversation_id, turn, position, kind, role, content, status, input_tokens, output_tokens, created_at';

/** A {@link StoredItem}. */
export const storedColumns =
  'id, turn, position, kind, role, content, input_tokens AS "inputTokens"';

const itemsOf = `SELECT ${storedColumns} FROM items WHERE conversation_id = ? ORDER BY position`;

/** Items of one statement: databases bind only so many values at once. */
const insertedAtOnce = 100;

/** The SQL of conversations and their items. Times are epoch milliseconds of the database's clock. */
@Injectable()
export class ConversationsRepository {
  constructor(private readonly database: Database) {}

  /** @param timeToLiveMs null never expires */
  async insert(
    conversation: StoredConversation['conversation'],
    timeToLiveMs: number | null,
  ): Promise<void> {
    await this.database.write([insertConversation(conversation, null, timeToLiveMs)]);
  }

  /** A conversation with its last committed items. */
  async find(id: string): Promise<StoredConversation | null> {
    const rows = await this.database.read(
      {
        sql: `SELECT ${conversationColumns} FROM conversations WHERE id = ? AND ${alive}`,
        parameters: [id],
      },
      { sql: itemsOf, parameters: [id] },
    );
    return stored(rows);
  }

  /** Takes the conversation for one turn, together with its history. */
  async claim(
    { conversationId, claim }: ClaimKey,
    leaseMs: number,
  ): Promise<StoredConversation | null> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE conversations SET claim = ?, lease_until = ${now} + ?
              WHERE id = ? AND ${free} RETURNING ${conversationColumns}`,
        parameters: [claim, leaseMs, conversationId],
        expectedRows: 1,
      },
      { sql: itemsOf, parameters: [conversationId] },
    ]);
    return outcome.committed ? stored(outcome.results.map(({ rows }) => rows)) : null;
  }

  /** Lengthens every lease that has not run out. @returns the claims that still hold */
  async renew(claims: readonly string[], leaseMs: number): Promise<string[]> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE conversations SET lease_until = ${now} + ?
              WHERE claim IN ${elementsOfParameter} AND ${claimed} RETURNING claim`,
        parameters: [leaseMs, JSON.stringify(claims)],
      },
    ]);
    return outcome.committed ? outcome.results.flatMap(({ rows }) => rows).map(claimOf) : [];
  }

  /** Ends a turn that failed: nothing of it is kept, and its idle time starts. */
  async release({ conversationId, claim }: ClaimKey, timeToLiveMs: number | null): Promise<void> {
    await this.database.write([
      {
        sql: `UPDATE conversations SET claim = NULL, lease_until = NULL, expires_at = ${now} + ?
              WHERE id = ? AND claim = ?`,
        parameters: [timeToLiveMs, conversationId, claim],
      },
    ]);
  }

  /**
   * Writes a turn and gives the conversation back, all or nothing.
   *
   * @param change what it does to the items
   * @param others written with it
   * @returns false when the claim no longer holds: then nothing was written
   */
  async commitTurn(
    { conversationId, claim }: ClaimKey,
    { added, removed = null }: ItemsChange,
    timeToLiveMs: number | null,
    others: readonly Statement[] = [],
  ): Promise<boolean> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE conversations SET claim = NULL, lease_until = NULL, expires_at = ${now} + ?
              WHERE id = ? AND claim = ? AND ${claimed}`,
        parameters: [timeToLiveMs, conversationId, claim],
        expectedRows: 1,
      },
      ...(removed === null ? [] : [deleteItems(conversationId, removed)]),
      ...insertItems(conversationId, added),
      ...others,
    ]);
    return outcome.committed;
  }

  /**
   * Takes away the last turn and starts the idle time anew.
   *
   * @param timesToLive of a conversation with a short and with a longer history
   * @returns null when done, or why not; `empty` when nothing was said yet
   */
  async removeLastTurn(
    id: string,
    timesToLive: { short: number | null; long: number | null; shortSentences: number },
  ): Promise<Obstacle | { type: 'empty' } | null> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE conversations SET claim = NULL, lease_until = NULL WHERE id = ? AND ${free}`,
        parameters: [id],
        expectedRows: 1,
      },
      {
        sql: `SELECT 1 FROM items WHERE conversation_id = ? LIMIT 1`,
        parameters: [id],
        expectedRows: 1,
      },
      {
        sql: `DELETE FROM items WHERE conversation_id = ?
              AND turn = (SELECT MAX(turn) FROM items WHERE conversation_id = ?)`,
        parameters: [id, id],
      },
      {
        sql: `UPDATE conversations SET expires_at = ${now} +
                CASE WHEN idle_ms = 0 THEN NULL WHEN idle_ms > 0 THEN idle_ms
                  WHEN (SELECT COUNT(*) FROM items WHERE conversation_id = ? AND kind = 'message') <= ?
                  THEN CAST(? AS bigint) ELSE CAST(? AS bigint) END
              WHERE id = ?`,
        parameters: [id, timesToLive.shortSentences, timesToLive.short, timesToLive.long, id],
        expectedRows: 1,
      },
    ]);
    if (outcome.committed) return null;
    return outcome.missedStatement === 0 ? this.obstacle(id) : { type: 'empty' };
  }

  /** @returns null when deleted, or why not */
  async delete(id: string): Promise<Obstacle | null> {
    const outcome = await this.database.write([
      {
        sql: `DELETE FROM conversations WHERE id = ? AND ${free}`,
        parameters: [id],
        expectedRows: 1,
      },
    ]);
    return outcome.committed ? null : this.obstacle(id);
  }

  /** Deletes conversations past their time, with their items. @returns how many */
  async deleteExpired(limit: number): Promise<number> {
    const outcome = await this.database.write([
      {
        sql: `DELETE FROM conversations
              WHERE id IN (SELECT id FROM conversations
                           WHERE expires_at <= ${now} AND NOT ${abandoned}
                           LIMIT ? ${skipLocked})
              AND NOT ${alive}`,
        parameters: [limit],
      },
    ]);
    return outcome.committed ? (outcome.results[0]?.affected ?? 0) : 0;
  }

  /** Why a conversation was not free a moment ago. */
  async obstacle(id: string): Promise<Obstacle> {
    const [[row] = []] = await this.database.read({
      sql: `SELECT CASE WHEN ${claimed} THEN lease_until - ${now} ELSE 0 END AS lease_ms
            FROM conversations WHERE id = ? AND ${alive}`,
      parameters: [id],
    });
    return row ? { type: 'claimed', leaseMs: Number(row['lease_ms']) } : { type: 'unknown' };
  }
}

/**
 * The statement that makes a conversation.
 *
 * @param metadata JSON text
 * @param timeToLiveMs null never expires
 */
export function insertConversation(
  conversation: StoredConversation['conversation'],
  metadata: string | null,
  timeToLiveMs: number | null,
): Statement {
  const { id, kind, prompt, humanName, aiName, settings, stream, model, idleMs } = conversation;
  const parameters = [id, kind, prompt, humanName, aiName, settings, stream ? 1 : 0, model, idleMs];
  return {
    sql: `INSERT INTO conversations (${conversationColumns}, metadata, expires_at, created_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${now} + ?, ${now})`,
    parameters: [...parameters, metadata, timeToLiveMs],
    expectedRows: 1,
  };
}

/** The statement that notes which model a conversation was asked with last. */
export function setModel(conversationId: string, model: string): Statement {
  return {
    sql: 'UPDATE conversations SET model = ? WHERE id = ?',
    parameters: [model, conversationId],
    expectedRows: 1,
  };
}

function deleteItems(conversationId: string, removed: RemovedItems): Statement {
  return 'id' in removed
    ? {
        sql: 'DELETE FROM items WHERE conversation_id = ? AND id = ?',
        parameters: [conversationId, removed.id],
        expectedRows: 1,
      }
    : {
        sql: 'DELETE FROM items WHERE conversation_id = ? AND position > ?',
        parameters: [conversationId, removed.afterPosition],
      };
}

/** The statements that add items to a conversation. */
export function insertItems(conversationId: string, items: readonly NewItem[]): Statement[] {
  const statements: Statement[] = [];
  for (let start = 0; start < items.length; start += insertedAtOnce) {
    statements.push(insertSome(conversationId, items.slice(start, start + insertedAtOnce)));
  }
  return statements;
}

function insertSome(conversationId: string, items: readonly NewItem[]): Statement {
  const places = items.map(() => `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${now})`);
  return {
    sql: `INSERT INTO items (${itemColumns}) VALUES ${places.join(', ')}`,
    parameters: items.flatMap((item) => [
      item.id,
      conversationId,
      item.turn,
      item.position,
      item.kind,
      item.role,
      item.content,
      item.status,
      item.inputTokens,
      item.outputTokens,
    ]),
    expectedRows: items.length,
  };
}

function stored([conversations, items = []]: Row[][]): StoredConversation | null {
  const conversation = conversations?.[0];
  if (!conversation) return null;
  return {
    conversation: trusted({
      id: conversation['id'],
      kind: conversation['kind'],
      prompt: conversation['prompt'],
      humanName: conversation['human_name'],
      aiName: conversation['ai_name'],
      settings: conversation['settings'],
      stream: Boolean(conversation['stream']),
      model: conversation['model'],
      idleMs: conversation['idle_ms'],
    }),
    items: trusted<StoredItem[]>(items),
  };
}

function claimOf(row: Row): string {
  return String(row['claim']);
}
