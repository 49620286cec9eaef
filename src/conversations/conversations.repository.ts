import { Injectable } from '@nestjs/common';
import { setImmediate as otherWork } from 'node:timers/promises';
import {
  Database,
  heldInPlace,
  now,
  skipLocked,
  type Query,
  type Row,
  type SqlValue,
} from '../platform/database/database.js';
import { behind, type Place } from '../platform/database/keyset.js';
import { statementsOf, writeOf } from '../platform/database/statements.js';
import type { UnitOfWork, Write } from '../platform/database/unit-of-work.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import type { Caller } from '../auth/caller.js';
import { Settings } from '../config/settings.js';
import type { Conversation } from './conversation.entity.js';
import { abandoned, afterIdleTime, alive, free, timesOf } from './conversations.sql.js';
import type { TimesToLive } from './idle-time.js';
import { otherPrefix, prefixes } from './item-factory.js';
import {
  insertItems,
  itemsOf,
  lastModelOf,
  readItems,
  type NewItem,
  type StoredItem,
} from './items.repository.js';
import { pageOf, type Page, type PageQuery } from './page.js';

/** The columns that say what conversation it is, by their names here; a fork has them too. */
const own = {
  kind: 'kind',
  prompt: 'prompt',
  humanName: 'human_name',
  aiName: 'ai_name',
  settings: 'settings',
  stream: 'stream',
  model: 'model',
  idleMs: 'idle_ms',
} as const satisfies { [Name in keyof Conversation]?: string };

/** A conversation that a read found, as stored, with what was said. */
export interface StoredConversation {
  conversation: Pick<Conversation, 'id' | keyof typeof own | 'affinity'>;
  items: readonly StoredItem[];
}

/** The same with what only some want to know. */
export interface StoredSnapshot {
  stored: StoredConversation;
  /** Of the last answer; null where it is not known. */
  lastModel: string | null;
}

/** A conversation as it is made, with what it begins with. */
export interface NewConversationRow {
  conversation: Omit<StoredConversation['conversation'], 'affinity'>;
  /** JSON text. */
  metadata: string | null;
  items: readonly NewItem[];
  /** Null never expires. */
  timeToLiveMs: number | null;
  /** Epoch milliseconds of the database's clock, for who has to know them before; else null. */
  createdAt: number | null;
}

/** A conversation as lists and headings show it. */
export interface ConversationRecord {
  id: string;
  /** Epoch milliseconds. */
  createdAt: number;
  metadata: Readonly<Record<string, string>>;
}

/** How much there is of a conversation, up to an item. */
export interface Extent {
  prompt: string;
  items: number;
  /** Of all their contents as they are stored. */
  contentBytes: number;
  /** Null when there is no item, or not the one that was asked for. */
  lastPosition: number | null;
}

/** The part of a conversation that a new one begins with. */
export interface Copy {
  /** The ids of both. */
  from: string;
  to: string;
  lastPosition: number;
}

/** Which conversations are wanted. */
export interface ConversationFilter {
  /** Pairs that all must be there. */
  metadata: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  createdAfter: number | null;
  createdBefore: number | null;
}

/** Conversations that are looked at in one go for those with certain metadata, which have no index. */
const lookedAtOnce = 1_000;

const ownColumns = Object.values(own);
const ownNames = unsafeCast<(keyof typeof own)[]>(Object.keys(own));
/** What {@link conversationOf} reads. */
export const conversationColumns = ['id', ...ownColumns, 'affinity'].join(', ');
const recordColumns = 'id, created_at, metadata';
const copiedColumns = ['owner_id', ...ownColumns, 'metadata'].join(', ');
const copiedItemColumns =
  'turn, position, kind, role, content, status, input_tokens, output_tokens, upstream, model';
const prefixOfKind = `CASE kind ${Object.entries(prefixes)
  .map(([kind, prefix]) => `WHEN '${kind}' THEN '${prefix}'`)
  .join(' ')} ELSE '${otherPrefix}' END`;

/** The SQL of conversations, apart from turns. Times are epoch milliseconds of the database's clock. */
@Injectable()
export class ConversationsRepository {
  /** SQL: whether no turn runs. */
  private readonly free: string;

  constructor(
    private readonly database: Database,
    { conversations }: Settings,
  ) {
    this.free = free(conversations.turnLeaseSeconds * 1_000);
  }

  /**
   * @param unitOfWork what is written with it
   * @returns null when another part of the write missed, and nothing was written
   */
  async insert(
    caller: Caller,
    { conversation, metadata, items, timeToLiveMs, createdAt }: NewConversationRow,
    unitOfWork: UnitOfWork,
  ): Promise<ConversationRecord | null> {
    const { id } = conversation;
    const values = ownNames.map((name) => stored(conversation[name]));
    const outcome = await this.database.write([
      {
        sql: `INSERT INTO conversations
                (id, owner_id, metadata, ${ownColumns.join(', ')}, expires_at, created_at)
              VALUES (?, ?, ?, ${values.map(() => '?').join(', ')}, ${now} + ?,
                      COALESCE(CAST(? AS bigint), ${now}))
              RETURNING ${recordColumns}`,
        parameters: [id, caller.id, metadata, ...values, timeToLiveMs, createdAt],
        expectedRows: 1,
      },
      ...insertItems(id, items),
      ...statementsOf(unitOfWork),
    ]);
    const row = outcome.committed ? outcome.results[0]?.rows[0] : undefined;
    return row ? toRecord(row) : null;
  }

  /** A conversation with its last committed items. */
  async findWithItems(caller: Caller, id: string): Promise<StoredConversation | null> {
    const [[row] = [], items] = await this.database.read(
      {
        sql: `SELECT ${conversationColumns} FROM conversations
              WHERE id = ? AND owner_id = ? AND ${alive}`,
        parameters: [id, caller.id],
      },
      itemsOf(id),
    );
    return row ? { ...conversationOf(row), items: readItems(items).items } : null;
  }

  /** Whose keys it is asked with; see {@link Conversation}. Null where there is no such conversation. */
  async findAffinity(caller: Caller, id: string): Promise<string | null> {
    const [[row] = []] = await this.database.read({
      sql: `SELECT COALESCE(affinity, id) AS affinity FROM conversations
            WHERE id = ? AND owner_id = ? AND ${alive}`,
      parameters: [id, caller.id],
    });
    return row ? String(row['affinity']) : null;
  }

  /** The same with the model of its last answer, all of the same committed state. */
  async findSnapshot(caller: Caller, id: string): Promise<StoredSnapshot | null> {
    const [[row] = [], items, [last] = []] = await this.database.read(
      {
        sql: `SELECT ${conversationColumns} FROM conversations
              WHERE id = ? AND owner_id = ? AND ${alive}`,
        parameters: [id, caller.id],
      },
      itemsOf(id),
      lastModelOf(id),
    );
    if (!row) return null;
    const stored = { ...conversationOf(row), items: readItems(items).items };
    const model = last?.['model'] ?? null;
    return { stored, lastModel: model === null ? null : String(model) };
  }

  /** A part of a write that misses when the conversation is gone, and keeps it until the write is done. */
  presence(caller: Caller, id: string): Write {
    return writeOf({
      sql: `SELECT 1 FROM conversations WHERE id = ? AND owner_id = ? AND ${alive} ${heldInPlace}`,
      parameters: [id, caller.id],
      expectedRows: 1,
    });
  }

  async find(caller: Caller, id: string): Promise<ConversationRecord | null> {
    const [[row] = []] = await this.database.read({
      sql: `SELECT ${recordColumns} FROM conversations
            WHERE id = ? AND owner_id = ? AND ${alive}`,
      parameters: [id, caller.id],
    });
    return row ? toRecord(row) : null;
  }

  /** The database's clock, in epoch milliseconds. */
  async readClock(): Promise<number> {
    const [[row] = []] = await this.database.read({ sql: `SELECT ${now} AS now`, parameters: [] });
    return Number(row?.['now']);
  }

  /** @param metadata JSON text */
  async updateMetadata(
    caller: Caller,
    id: string,
    metadata: string | null,
  ): Promise<ConversationRecord | null> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE conversations SET metadata = ? WHERE id = ? AND owner_id = ? AND ${alive}
              RETURNING ${recordColumns}`,
        parameters: [metadata, id, caller.id],
        expectedRows: 1,
      },
    ]);
    const row = outcome.committed ? outcome.results[0]?.rows[0] : undefined;
    return row ? toRecord(row) : null;
  }

  /** @param upTo an item's id; null is the last. @returns null when there is no such conversation */
  async findExtent(caller: Caller, id: string, upTo: string | null): Promise<Extent | null> {
    const cut =
      upTo === null
        ? ''
        : 'AND position <= (SELECT position FROM items WHERE conversation_id = ? AND id = ?)';
    const [[conversation] = [], [extent] = []] = await this.database.read(
      {
        sql: `SELECT prompt FROM conversations WHERE id = ? AND owner_id = ? AND ${alive}`,
        parameters: [id, caller.id],
      },
      {
        sql: `SELECT COUNT(*) AS items, COALESCE(SUM(octet_length(content)), 0) AS bytes,
                MAX(position) AS last_position
              FROM items WHERE conversation_id = ? ${cut}`,
        parameters: upTo === null ? [id] : [id, id, upTo],
      },
    );
    if (!conversation || !extent) return null;
    const last = extent['last_position'] ?? null;
    return {
      prompt: String(conversation['prompt']),
      items: Number(extent['items']),
      contentBytes: Number(extent['bytes']),
      lastPosition: last === null ? null : Number(last),
    };
  }

  /**
   * Makes a conversation of another one's beginning, without its items passing through this process.
   *
   * @param random what the new items' ids are made of, with their positions
   * @returns false when the other one is gone
   */
  async copy(
    caller: Caller,
    { from, to, lastPosition }: Copy,
    random: string,
    times: TimesToLive,
  ): Promise<boolean> {
    const outcome = await this.database.write([
      {
        sql: `INSERT INTO conversations (id, ${copiedColumns}, affinity, created_at)
              SELECT ?, ${copiedColumns}, COALESCE(affinity, id), ${now} FROM conversations
              WHERE id = ? AND owner_id = ? AND ${alive}`,
        parameters: [to, from, caller.id],
        expectedRows: 1,
      },
      {
        sql: `INSERT INTO items (id, conversation_id, ${copiedItemColumns}, created_at)
              SELECT ${prefixOfKind} || CAST(? AS varchar) || position, ?, ${copiedItemColumns}, ${now}
              FROM items WHERE conversation_id = ? AND position <= ?`,
        parameters: [random.slice(random.indexOf('_')), to, from, lastPosition],
      },
      {
        sql: `UPDATE conversations SET expires_at = ${afterIdleTime} WHERE id = ? AND owner_id = ?`,
        parameters: [to, ...timesOf(times), to, caller.id],
        expectedRows: 1,
      },
    ]);
    return outcome.committed;
  }

  /** @returns `no-cursor` when `after` is no conversation */
  async page(
    caller: Caller,
    params: PageQuery,
    filter: ConversationFilter,
  ): Promise<Page<ConversationRecord> | 'no-cursor'> {
    let from = params.after === null ? null : await this.placeOf(caller, params.after);
    if (params.after !== null && from === null) return 'no-cursor';
    const isFiltered = Object.keys(filter.metadata).length > 0;
    const found: ConversationRecord[] = [];
    for (;;) {
      const looked = aliveBehind(caller, params, filter, from);
      const [rows = [], [last] = []] = await this.database.read(
        matching(looked, params, filter.metadata),
        ...(isFiltered ? [lastLookedAt(looked)] : []),
      );
      found.push(...rows.map(toRecord));
      if (found.length > params.limit || !last) return pageOf(found, params);
      from = toPlace(last);
      await otherWork();
    }
  }

  /**
   * Takes away the last turn and restarts the idle time.
   *
   * @returns why not, where it was not
   */
  async removeLastTurn(
    caller: Caller,
    id: string,
    times: TimesToLive,
  ): Promise<'removed' | 'empty' | 'not-free'> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE conversations SET claim = NULL, lease_until = NULL, version = version + 1
              WHERE id = ? AND owner_id = ? AND ${this.free}`,
        parameters: [id, caller.id],
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
        sql: `UPDATE conversations SET expires_at = ${afterIdleTime} WHERE id = ? AND owner_id = ?`,
        parameters: [id, ...timesOf(times), id, caller.id],
        expectedRows: 1,
      },
    ]);
    if (outcome.committed) return 'removed';
    return outcome.missedStatement === 0 ? 'not-free' : 'empty';
  }

  /**
   * @param unitOfWork what is written with it
   * @returns false when it was not free, or not there
   */
  async delete(caller: Caller, id: string, unitOfWork: UnitOfWork): Promise<boolean> {
    const outcome = await this.database.write([
      {
        sql: `DELETE FROM conversations WHERE id = ? AND owner_id = ? AND ${this.free}`,
        parameters: [id, caller.id],
        expectedRows: 1,
      },
      ...statementsOf(unitOfWork),
    ]);
    return outcome.committed;
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

  /** Also of a conversation that is past its time: pages go on from where it stood. */
  private async placeOf(caller: Caller, id: string): Promise<Place | null> {
    const [[row] = []] = await this.database.read({
      sql: 'SELECT id, created_at FROM conversations WHERE id = ? AND owner_id = ?',
      parameters: [id, caller.id],
    });
    return row ? toPlace(row) : null;
  }
}

/** A conversation as its row has it, apart from its items. */
export function conversationOf(row: Row): Omit<StoredConversation, 'items'> {
  const read: Record<string, unknown> = { id: row['id'], affinity: row['affinity'] };
  for (const name of ownNames) read[name] = row[own[name]];
  read['stream'] = Boolean(row['stream']);
  return { conversation: unsafeCast(read) };
}

/** SQLite has no booleans. */
function stored(value: SqlValue | boolean): SqlValue {
  return typeof value === 'boolean' ? Number(value) : value;
}

/** The conversations of a list apart from their metadata, in order. */
function aliveBehind(
  caller: Caller,
  { order }: PageQuery,
  { createdAfter, createdBefore }: ConversationFilter,
  from: Place | null,
): Query {
  const direction = order === 'asc' ? 'ASC' : 'DESC';
  const conditions: Query[] = [{ sql: alive, parameters: [] }];
  if (from !== null) conditions.push(behind(order, from));
  if (createdAfter !== null) conditions.push({ sql: 'created_at > ?', parameters: [createdAfter] });
  if (createdBefore !== null) {
    conditions.push({ sql: 'created_at < ?', parameters: [createdBefore] });
  }
  return {
    sql: `SELECT ${recordColumns} FROM conversations
          WHERE owner_id = ? AND ${conditions.map(({ sql }) => sql).join(' AND ')}
          ORDER BY created_at ${direction}, id ${direction}`,
    parameters: [caller.id, ...conditions.flatMap(({ parameters }) => parameters)],
  };
}

/** Those of the next ones that have all the metadata: a page of them, and one more. */
function matching(
  looked: Query,
  { order, limit }: PageQuery,
  metadata: ConversationFilter['metadata'],
): Query {
  // Quotes within the JSON text are escaped, so a pair is found only where it is one. Both
  // databases have REPLACE with regard to case; LIKE they understand differently.
  const pairs = Object.entries(metadata).map(
    ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
  );
  if (pairs.length === 0) {
    return { sql: `${looked.sql} LIMIT ?`, parameters: [...looked.parameters, limit + 1] };
  }
  const direction = order === 'asc' ? 'ASC' : 'DESC';
  return {
    sql: `SELECT ${recordColumns} FROM (${looked.sql} LIMIT ${lookedAtOnce}) AS looked
          WHERE ${pairs.map(() => "REPLACE(metadata, ?, '') <> metadata").join(' AND ')}
          ORDER BY created_at ${direction}, id ${direction} LIMIT ?`,
    parameters: [...looked.parameters, ...pairs, limit + 1],
  };
}

/** The place from which the next ones are looked at; none at the end of the list. */
function lastLookedAt({ sql, parameters }: Query): Query {
  return { sql: `${sql} LIMIT 1 OFFSET ${lookedAtOnce - 1}`, parameters };
}

function toPlace(row: Row): Place {
  return { id: String(row['id']), createdAt: Number(row['created_at']) };
}

function toRecord(row: Row): ConversationRecord {
  const metadata = row['metadata'];
  return {
    id: String(row['id']),
    createdAt: Number(row['created_at']),
    metadata:
      typeof metadata === 'string' ? unsafeCast<Record<string, string>>(JSON.parse(metadata)) : {},
  };
}
