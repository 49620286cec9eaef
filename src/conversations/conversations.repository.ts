import { Injectable } from '@nestjs/common';
import {
  Database,
  elementsOfParameter,
  now,
  skipLocked,
  type Row,
  type SqlValue,
  type Statement,
} from '../platform/database/database.js';
import { hasLiveLease } from '../platform/database/lease.js';
import { statementsOf, writeOf } from '../platform/database/statements.js';
import type { UnitOfWork, Write } from '../platform/database/unit-of-work.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { Settings } from '../config/settings.js';
import type { Conversation } from './conversation.entity.js';
import type { TimesToLive } from './idle-time.js';
import type { Item } from './item.entity.js';

/** What a turn writes of an item; the table's other columns follow from the conversation. */
export type NewItem = Omit<Item, 'conversation' | 'conversationId' | 'createdAt'>;

/** A conversation that a read found, as stored, with what was said. */
export interface StoredConversation {
  conversation: Omit<
    Conversation,
    'metadata' | 'version' | 'claim' | 'leaseUntil' | 'unseenAnswer' | 'expiresAt' | 'createdAt'
  >;
  items: readonly StoredItem[];
  /** The id of an answer that its caller may not have seen; known only to who claims. */
  unseenAnswer: string | null;
}

/** A conversation as its claim found it. */
export interface FoundConversation extends Omit<StoredConversation, 'items'> {
  version: number;
  /** Null when they were not asked for. */
  items: ReadItems | null;
}

/** What was said, as it was read. */
export interface ReadItems {
  items: StoredItem[];
  /** Characters of the text that they were read from. */
  length: number;
}

/** What turns and readers need of an item; histories are long, so nothing else is read. */
export interface StoredItem extends Pick<
  Item,
  'id' | 'turn' | 'position' | 'kind' | 'role' | 'inputTokens'
> {
  /** What its content says, parsed; see {@link Item}. */
  said: unknown;
  /** Of its content as it is stored, in UTF-8. */
  bytes: number;
}

/** The same as its row has it. */
export type ItemRow = Pick<
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

/** A turn whose commit was sent. */
export interface CommittedTurn extends ClaimKey {
  /** Its last item; who finds it knows that all of the turn is kept. */
  answerId: string;
  /** Of its conversation, should the turn not be kept. */
  timeToLiveMs: number | null;
}

/** Why a conversation could not be had. */
export type ClaimFailure = { type: 'unknown' } | { type: 'claimed'; leaseMs: number };

/**
 * How long a conversation lives on after a turn whose process died: half of the default idle time.
 * The claim tells, so that taking it need not touch the time of expiry, which has an index.
 */
const abandonedMs = 900_000;

/** A running turn keeps its conversation from expiring, so the conditions stand together. */
const abandoned = `(claim IS NOT NULL AND lease_until > ${now} - ${abandonedMs})`;
export const alive = `(expires_at IS NULL OR expires_at > ${now} OR ${abandoned})`;

const conversationColumns =
  'id, kind, prompt, human_name, ai_name, settings, stream, model, idle_ms';
const itemColumns =
  'id, conversation_id, turn, position, kind, role, content, status, input_tokens, output_tokens, created_at';

/**
 * All items as one JSON text, an array of {@link ItemValues}: a row for each costs twice as much to
 * read. Ids, kinds and roles hold nothing that JSON escapes, and what was said is JSON text already.
 */
const itemsOf = `SELECT '[' || string_agg(item, ',') || ']' AS items FROM (
    SELECT '["' || id || '",' || turn || ',' || position || ',"' || kind || '","' || role || '",' ||
      COALESCE(CAST(input_tokens AS varchar), 'null') || ',' || octet_length(content) || ',' ||
      content || ']' AS item
    FROM items WHERE conversation_id = ? ORDER BY position) AS said`;

type ItemValues = [
  id: string,
  turn: number,
  position: number,
  kind: StoredItem['kind'],
  role: StoredItem['role'],
  inputTokens: number | null,
  bytes: number,
  said: unknown,
];

/** When a conversation expires that is left alone from now on, counting what was said in it. */
export const afterIdleTime = `${now} + CASE WHEN idle_ms = 0 THEN NULL WHEN idle_ms > 0 THEN idle_ms
    WHEN (SELECT COUNT(*) FROM items WHERE conversation_id = ? AND kind = 'message') <= ?
    THEN CAST(? AS bigint) ELSE CAST(? AS bigint) END`;

/** An {@link ItemRow}. */
export const rowColumns = 'id, turn, position, kind, role, content, input_tokens AS "inputTokens"';

/**
 * A claim is an id that nobody can guess, and only who comes after it overwrites it: whoever still
 * finds it has lost nothing, however long ago its lease ran out.
 */
const commitClaim = `UPDATE conversations SET claim = NULL, lease_until = NULL, expires_at = ${now} + ?,
  version = version + 1 WHERE id = ? AND claim = ? AND ${alive}`;

/** Items of one statement: databases bind only so many values at once. */
const insertedAtOnce = 100;

/** The SQL of conversations and their items. Times are epoch milliseconds of the database's clock. */
@Injectable()
export class ConversationsRepository {
  private readonly leaseMs: number;
  /** SQL: whether a turn runs. */
  private readonly claimed: string;
  private readonly free: string;
  /** One text, as the prepared statement is found by it. */
  private readonly takeClaim: string;

  constructor(
    private readonly database: Database,
    { conversations }: Settings,
  ) {
    this.leaseMs = conversations.turnLeaseSeconds * 1_000;
    this.claimed = `(claim IS NOT NULL AND ${hasLiveLease(this.leaseMs)})`;
    this.free = `${alive} AND NOT ${this.claimed}`;
    this.takeClaim = `UPDATE conversations SET claim = ?, lease_until = ${now} + ?
      WHERE id = ? AND ${this.free} RETURNING ${conversationColumns}, version, unseen_answer`;
  }

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
    const [[row] = [], items] = rows;
    if (!row) return null;
    return { ...headOf(row), items: readItems(items).items };
  }

  /** What was said in a conversation that the caller has claimed. */
  async findItems(conversationId: string): Promise<ReadItems> {
    const [items] = await this.database.read({ sql: itemsOf, parameters: [conversationId] });
    return readItems(items);
  }

  /** Takes the conversation for one turn, together with its items if they are wanted. */
  async claim(
    { conversationId, claim }: ClaimKey,
    wantsItems: boolean,
  ): Promise<FoundConversation | null> {
    const outcome = await this.database.write([
      { sql: this.takeClaim, parameters: [claim, this.leaseMs, conversationId], expectedRows: 1 },
      ...(wantsItems ? [{ sql: itemsOf, parameters: [conversationId] }] : []),
    ]);
    if (!outcome.committed) return null;
    const [taken, items] = outcome.results;
    const [row] = taken?.rows ?? [];
    if (!row) return null;
    return {
      ...headOf(row),
      version: Number(row['version']),
      items: items ? readItems(items.rows) : null,
    };
  }

  /** Gives back a claim that no turn was begun with. */
  async withdraw({ conversationId, claim }: ClaimKey): Promise<void> {
    await this.database.write([
      {
        sql: 'UPDATE conversations SET claim = NULL, lease_until = NULL WHERE id = ? AND claim = ?',
        parameters: [conversationId, claim],
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

  /** Ends a turn that showed an answer again which its caller had not seen. @returns false if not */
  async releaseSeen(
    key: ClaimKey,
    timeToLiveMs: number | null,
    unitOfWork: UnitOfWork,
  ): Promise<boolean> {
    const outcome = await this.database.write([
      {
        sql: 'UPDATE conversations SET unseen_answer = NULL WHERE id = ? AND claim = ?',
        parameters: [key.conversationId, key.claim],
      },
      releaseClaim(key, timeToLiveMs),
      ...statementsOf(unitOfWork),
    ]);
    return outcome.committed;
  }

  /**
   * Writes a turn and gives the conversation back, all or nothing.
   *
   * @param change what it does to the items
   * @param unitOfWork what is written with it
   * @returns false when the claim no longer holds, or another statement missed: nothing was written
   */
  async commitTurn(
    { conversationId, claim }: ClaimKey,
    { added, removed = null }: ItemsChange,
    timeToLiveMs: number | null,
    unitOfWork: UnitOfWork,
  ): Promise<boolean> {
    const outcome = await this.database.write([
      { sql: commitClaim, parameters: [timeToLiveMs, conversationId, claim], expectedRows: 1 },
      ...(removed === null ? [] : [deleteItems(conversationId, removed)]),
      ...insertItems(conversationId, added),
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

  /** The same when its caller cannot be told any more: the answer, if it is the last, is marked. */
  async settleUnseen(turn: CommittedTurn): Promise<void> {
    const { answerId, conversationId } = turn;
    await this.database.write([
      releaseClaim(turn, turn.timeToLiveMs),
      {
        sql: `UPDATE conversations SET unseen_answer = ?
              WHERE id = ? AND ? = (SELECT id FROM items WHERE conversation_id = ?
                                    ORDER BY position DESC LIMIT 1)`,
        parameters: [answerId, conversationId, answerId, conversationId],
      },
    ]);
  }

  /**
   * Takes away the last turn and restarts the idle time.
   *
   * @returns null when done, or why not; `empty` when nothing was said yet
   */
  async removeLastTurn(
    id: string,
    times: TimesToLive,
  ): Promise<ClaimFailure | { type: 'empty' } | null> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE conversations SET claim = NULL, lease_until = NULL, version = version + 1
              WHERE id = ? AND ${this.free}`,
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
        sql: `UPDATE conversations SET expires_at = ${afterIdleTime} WHERE id = ?`,
        parameters: [id, ...parametersOf(times), id],
        expectedRows: 1,
      },
    ]);
    if (outcome.committed) return null;
    return outcome.missedStatement === 0 ? this.findClaimFailure(id) : { type: 'empty' };
  }

  /** @returns null when deleted, or why not */
  async delete(id: string): Promise<ClaimFailure | null> {
    const outcome = await this.database.write([
      {
        sql: `DELETE FROM conversations WHERE id = ? AND ${this.free}`,
        parameters: [id],
        expectedRows: 1,
      },
    ]);
    return outcome.committed ? null : this.findClaimFailure(id);
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
  async findClaimFailure(id: string): Promise<ClaimFailure> {
    const [[row] = []] = await this.database.read({
      sql: `SELECT CASE WHEN ${this.claimed} THEN lease_until - ${now} ELSE 0 END AS lease_ms
            FROM conversations WHERE id = ? AND ${alive}`,
      parameters: [id],
    });
    return row ? { type: 'claimed', leaseMs: Number(row['lease_ms']) } : { type: 'unknown' };
  }
}

function releaseClaim({ conversationId, claim }: ClaimKey, timeToLiveMs: number | null): Statement {
  return {
    sql: `UPDATE conversations SET claim = NULL, lease_until = NULL, expires_at = ${now} + ?
          WHERE id = ? AND claim = ? AND ${alive}`,
    parameters: [timeToLiveMs, conversationId, claim],
  };
}

/** Ends a turn of which only the claim is known, as one that failed. */
export function endTurn({ conversationId, claim }: ClaimKey, times: TimesToLive): Write {
  return writeOf({
    sql: `UPDATE conversations SET claim = NULL, lease_until = NULL, expires_at = ${afterIdleTime}
          WHERE id = ? AND claim = ? AND ${alive}`,
    parameters: [conversationId, ...parametersOf(times), conversationId, claim],
  });
}

export function parametersOf({ shortSentences, short, long }: TimesToLive): SqlValue[] {
  return [shortSentences, short, long];
}

/**
 * The statement that makes a conversation.
 *
 * @param metadata JSON text
 * @param timeToLiveMs null never expires
 * @param createdAt epoch milliseconds of the database's clock, for who has to know them before
 */
export function insertConversation(
  conversation: StoredConversation['conversation'],
  metadata: string | null,
  timeToLiveMs: number | null,
  createdAt: number | null = null,
): Statement {
  const { id, kind, prompt, humanName, aiName, settings, stream, model, idleMs } = conversation;
  const parameters = [id, kind, prompt, humanName, aiName, settings, stream ? 1 : 0, model, idleMs];
  return {
    sql: `INSERT INTO conversations (${conversationColumns}, metadata, expires_at, created_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${now} + ?, COALESCE(CAST(? AS bigint), ${now}))`,
    parameters: [...parameters, metadata, timeToLiveMs, createdAt],
    expectedRows: 1,
  };
}

/** Notes which model a conversation was asked with last. */
export function setModel(conversationId: string, model: string): Write {
  return writeOf({
    sql: 'UPDATE conversations SET model = ? WHERE id = ?',
    parameters: [model, conversationId],
    expectedRows: 1,
  });
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
  const parameters: SqlValue[] = [];
  for (const item of items) {
    const { id, turn, position, kind, role, content, status, inputTokens, outputTokens } = item;
    parameters.push(id, conversationId, turn, position, kind, role, content, status);
    parameters.push(inputTokens, outputTokens);
  }
  return { sql: insertionOf(items.length), parameters, expectedRows: items.length };
}

/** New texts would be read through again each time to find the prepared statement. */
const insertions = new Map<number, string>();

function insertionOf(count: number): string {
  const known = insertions.get(count);
  if (known !== undefined) return known;
  const places = Array.from({ length: count }, () => `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${now})`);
  const sql = `INSERT INTO items (${itemColumns}) VALUES ${places.join(', ')}`;
  insertions.set(count, sql);
  return sql;
}

function headOf(conversation: Row): Omit<StoredConversation, 'items'> {
  return {
    conversation: unsafeCast({
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
    unseenAnswer: unsafeCast<string | null>(conversation['unseen_answer'] ?? null),
  };
}

function readItems(rows: readonly Row[] | undefined): ReadItems {
  const text = String(rows?.[0]?.['items'] ?? '[]');
  return { items: unsafeCast<ItemValues[]>(JSON.parse(text)).map(itemOf), length: text.length };
}

function itemOf(values: ItemValues): StoredItem {
  const [id, turn, position, kind, role, inputTokens, bytes, said] = values;
  return { id, turn, position, kind, role, inputTokens, bytes, said };
}

function claimOf(row: Row): string {
  return String(row['claim']);
}
