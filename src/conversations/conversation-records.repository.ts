import { Injectable } from '@nestjs/common';
import { setImmediate as otherWork } from 'node:timers/promises';
import {
  Database,
  now,
  type Query,
  type Row,
  type SqlValue,
} from '../platform/database/database.js';
import { behind, type Place } from '../platform/database/keyset.js';
import { statementsOf } from '../platform/database/statements.js';
import type { UnitOfWork } from '../platform/database/unit-of-work.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import {
  afterIdleTime,
  alive,
  insertConversation,
  insertItems,
  parametersOf,
  type NewItem,
  type StoredConversation,
} from './conversations.repository.js';
import type { TimesToLive } from './idle-time.js';
import { otherPrefix, prefixes } from './item-factory.js';
import type { Item } from './item.entity.js';

/** A conversation as lists and headings show it. */
export interface ConversationRecord {
  id: string;
  /** Epoch milliseconds. */
  createdAt: number;
  metadata: Readonly<Record<string, string>>;
}

/** A conversation that begins with items. */
interface NewConversationRow {
  conversation: StoredConversation['conversation'];
  /** JSON text. */
  metadata: string | null;
  items: readonly NewItem[];
}

/** An item as it is shown. */
export type ItemRecord = Pick<Item, 'id' | 'kind' | 'role' | 'content' | 'status'>;

/** Which part of a list is wanted. */
export interface PageQuery {
  limit: number;
  order: 'asc' | 'desc';
  /** The id that the page begins behind. */
  after: string | null;
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

/** A part of a list. */
export interface Page<Entry> {
  entries: Entry[];
  hasMore: boolean;
}

/** Conversations that are looked at in one go for those with certain metadata, which have no index. */
const lookedAtOnce = 1_000;

const recordColumns = 'id, created_at, metadata';
const itemColumns = 'id, kind, role, content, status';
const copiedColumns =
  'kind, prompt, human_name, ai_name, settings, stream, model, metadata, idle_ms';
const copiedItemColumns =
  'turn, position, kind, role, content, status, input_tokens, output_tokens';
const prefixOfKind = `CASE kind ${Object.entries(prefixes)
  .map(([kind, prefix]) => `WHEN '${kind}' THEN '${prefix}'`)
  .join(' ')} ELSE '${otherPrefix}' END`;

/** The SQL of what conversations and items are, apart from turns. */
@Injectable()
export class ConversationRecordsRepository {
  constructor(private readonly database: Database) {}

  /**
   * @param timeToLiveMs null never expires
   * @param createdAt see {@link readClock}; null is the time of the write
   * @param unitOfWork what is written with it
   * @returns false when another part of the write missed
   */
  async insert(
    { conversation, metadata, items }: NewConversationRow,
    timeToLiveMs: number | null,
    createdAt: number | null,
    unitOfWork: UnitOfWork,
  ): Promise<boolean> {
    const outcome = await this.database.write([
      insertConversation(conversation, metadata, timeToLiveMs, createdAt),
      ...insertItems(conversation.id, items),
      ...statementsOf(unitOfWork),
    ]);
    return outcome.committed;
  }

  async find(id: string): Promise<ConversationRecord | null> {
    const [[row] = []] = await this.database.read({
      sql: `SELECT ${recordColumns} FROM conversations WHERE id = ? AND ${alive}`,
      parameters: [id],
    });
    return row ? toRecord(row) : null;
  }

  /** The database's clock, in epoch milliseconds. */
  async readClock(): Promise<number> {
    const [[row] = []] = await this.database.read({ sql: `SELECT ${now} AS now`, parameters: [] });
    return Number(row?.['now']);
  }

  /** @param metadata JSON text */
  async updateMetadata(id: string, metadata: string | null): Promise<ConversationRecord | null> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE conversations SET metadata = ? WHERE id = ? AND ${alive}
              RETURNING ${recordColumns}`,
        parameters: [metadata, id],
        expectedRows: 1,
      },
    ]);
    const row = outcome.committed ? outcome.results[0]?.rows[0] : undefined;
    return row ? toRecord(row) : null;
  }

  async findItem(conversationId: string, itemId: string): Promise<ItemRecord | null> {
    const [[row] = []] = await this.database.read({
      sql: `SELECT ${itemColumns} FROM items
            WHERE conversation_id IN (SELECT id FROM conversations WHERE id = ? AND ${alive}) AND id = ?`,
      parameters: [conversationId, itemId],
    });
    return row ? unsafeCast<ItemRecord>(row) : null;
  }

  /** @param upTo an item's id; null is the last. @returns null when there is no such conversation */
  async findExtent(id: string, upTo: string | null): Promise<Extent | null> {
    const cut =
      upTo === null
        ? ''
        : 'AND position <= (SELECT position FROM items WHERE conversation_id = ? AND id = ?)';
    const [[conversation] = [], [extent] = []] = await this.database.read(
      { sql: `SELECT prompt FROM conversations WHERE id = ? AND ${alive}`, parameters: [id] },
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
    { from, to, lastPosition }: Copy,
    random: string,
    times: TimesToLive,
  ): Promise<boolean> {
    const outcome = await this.database.write([
      {
        sql: `INSERT INTO conversations (id, ${copiedColumns}, created_at)
              SELECT ?, ${copiedColumns}, ${now} FROM conversations WHERE id = ? AND ${alive}`,
        parameters: [to, from],
        expectedRows: 1,
      },
      {
        sql: `INSERT INTO items (id, conversation_id, ${copiedItemColumns}, created_at)
              SELECT ${prefixOfKind} || CAST(? AS varchar) || position, ?, ${copiedItemColumns}, ${now}
              FROM items WHERE conversation_id = ? AND position <= ?`,
        parameters: [random.slice(random.indexOf('_')), to, from, lastPosition],
      },
      {
        sql: `UPDATE conversations SET expires_at = ${afterIdleTime} WHERE id = ?`,
        parameters: [to, ...parametersOf(times), to],
        expectedRows: 1,
      },
    ]);
    return outcome.committed;
  }

  /** @returns `no-cursor` when `after` is no conversation */
  async page(
    params: PageQuery,
    filter: ConversationFilter,
  ): Promise<Page<ConversationRecord> | 'no-cursor'> {
    let from = params.after === null ? null : await this.placeOf(params.after);
    if (params.after !== null && from === null) return 'no-cursor';
    const isFiltered = Object.keys(filter.metadata).length > 0;
    const found: ConversationRecord[] = [];
    for (;;) {
      const looked = aliveBehind(params, filter, from);
      const [rows = [], [last] = []] = await this.database.read(
        matching(looked, params, filter.metadata),
        ...(isFiltered ? [lastLookedAt(looked)] : []),
      );
      found.push(...rows.map(toRecord));
      if (found.length > params.limit || !last) return cut(found, params);
      from = toPlace(last);
      await otherWork();
    }
  }

  /** @returns null when there is no such conversation, `no-cursor` when `after` is not among them */
  async pageItems(
    conversationId: string,
    params: PageQuery,
  ): Promise<Page<ItemRecord> | 'no-cursor' | null> {
    const [conversations = [], cursors = [], rows = []] = await this.database.read(
      {
        sql: `SELECT id FROM conversations WHERE id = ? AND ${alive}`,
        parameters: [conversationId],
      },
      {
        sql: 'SELECT position FROM items WHERE conversation_id = ? AND id = ?',
        parameters: [conversationId, params.after ?? ''],
      },
      itemsPage(conversationId, params),
    );
    if (conversations.length === 0) return null;
    if (params.after !== null && cursors.length === 0) return 'no-cursor';
    return cut(unsafeCast<ItemRecord[]>(rows), params);
  }

  /** Also of a conversation that is past its time: pages go on from where it stood. */
  private async placeOf(id: string): Promise<Place | null> {
    const [[row] = []] = await this.database.read({
      sql: 'SELECT id, created_at FROM conversations WHERE id = ?',
      parameters: [id],
    });
    return row ? toPlace(row) : null;
  }
}

/** One more than asked for tells whether there are more. */
function cut<Entry>(entries: Entry[], { limit }: PageQuery): Page<Entry> {
  return { entries: entries.slice(0, limit), hasMore: entries.length > limit };
}

/** The conversations of a list apart from their metadata, in order. */
function aliveBehind(
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
          WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}
          ORDER BY created_at ${direction}, id ${direction}`,
    parameters: conditions.flatMap(({ parameters }) => parameters),
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

function itemsPage(conversationId: string, { limit, order, after }: PageQuery): Query {
  const [direction, beyond] = order === 'asc' ? ['ASC', '>'] : ['DESC', '<'];
  const parameters: SqlValue[] = [conversationId];
  let behind = '';
  if (after !== null) {
    behind = `AND position ${beyond} (SELECT position FROM items WHERE conversation_id = ? AND id = ?)`;
    parameters.push(conversationId, after);
  }
  return {
    sql: `SELECT ${itemColumns} FROM items WHERE conversation_id = ? ${behind}
          ORDER BY position ${direction} LIMIT ?`,
    parameters: [...parameters, limit + 1],
  };
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
