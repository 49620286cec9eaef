import { Injectable } from '@nestjs/common';
import {
  Database,
  elementsOfParameter,
  now,
  type Query,
  type Row,
  type SqlValue,
  type Statement,
} from '../platform/database/database.js';
import type { Caller } from '../auth/caller.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { sharedLength } from './conversation-item-ids.js';
import { alive } from './conversations.sql.js';
import type { Item } from './item.entity.js';
import { pageOf, type Page, type PageQuery } from './page.js';

/** What a turn writes of an item; the table's other columns follow from the conversation. */
export type NewItem = Omit<Item, 'conversation' | 'conversationId' | 'createdAt'>;

/** An item as it is shown. */
export type ItemRecord = Pick<Item, 'id' | 'kind' | 'role' | 'content' | 'status'>;

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

/** As the index has it. */
const sharedPart = `substr(id, 6, ${sharedLength})`;

const recordColumns = 'id, kind, role, content, status';
const rowColumns = 'id, turn, position, kind, role, content, input_tokens AS "inputTokens"';
const insertedColumns =
  'id, conversation_id, turn, position, kind, role, content, status, input_tokens, output_tokens, upstream, model, created_at';

/**
 * All items as one JSON text, an array of {@link ItemValues}: a row for each costs twice as much to
 * read. Ids, kinds and roles hold nothing that JSON escapes, and what was said is JSON text already.
 */
const allItems = `SELECT '[' || string_agg(item, ',') || ']' AS items FROM (
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

/** Items of one statement: databases bind only so many values at once. */
const insertedAtOnce = 100;

/** The SQL of items. */
@Injectable()
export class ItemsRepository {
  constructor(private readonly database: Database) {}

  /** Everything that was said in a conversation which the caller has claimed. */
  async findAll(conversationId: string): Promise<ReadItems> {
    const [items] = await this.database.read(itemsOf(conversationId));
    return readItems(items);
  }

  async find(caller: Caller, conversationId: string, itemId: string): Promise<ItemRecord | null> {
    const [[row] = []] = await this.database.read({
      sql: `SELECT ${recordColumns} FROM items
            WHERE conversation_id IN (
              SELECT id FROM conversations WHERE id = ? AND owner_id = ? AND ${alive}
            ) AND id = ?`,
      parameters: [conversationId, caller.id, itemId],
    });
    return row ? unsafeCast<ItemRecord>(row) : null;
  }

  /** The items of a conversation up to and with one of them; none when that is gone. */
  async findUpTo(caller: Caller, conversationId: string, itemId: string): Promise<ItemRow[]> {
    const [rows = []] = await this.database.read({
      sql: `SELECT ${rowColumns} FROM items
            WHERE conversation_id = ? AND position <= (
              SELECT position FROM items WHERE conversation_id = ? AND id = ?
            ) AND EXISTS (SELECT 1 FROM conversations WHERE id = ? AND owner_id = ?)
            ORDER BY position`,
      parameters: [conversationId, conversationId, itemId, conversationId, caller.id],
    });
    return unsafeCast<ItemRow[]>(rows);
  }

  /** The conversations of the caller's whose ids begin so. */
  async findConversations(caller: Caller, beginnings: readonly string[]): Promise<string[]> {
    const [rows = []] = await this.database.read({
      sql: `SELECT id FROM conversations
            WHERE ${sharedPart} IN ${elementsOfParameter} AND owner_id = ? AND ${alive}`,
      parameters: [JSON.stringify(beginnings), caller.id],
    });
    return rows.map(({ id }) => String(id));
  }

  /**
   * Those of some items that stand in a conversation of the caller's.
   *
   * @param maxBytes of all their contents
   * @returns null when they have more
   */
  async findSome(
    conversationId: string,
    itemIds: readonly string[],
    maxBytes: number,
  ): Promise<{ rows: ItemRow[]; bytes: number } | null> {
    const such = `conversation_id = ? AND id IN ${elementsOfParameter}`;
    const parameters = [conversationId, JSON.stringify(itemIds)];
    const [sums = []] = await this.database.read({
      sql: `SELECT SUM(octet_length(content)) AS bytes FROM items WHERE ${such}`,
      parameters,
    });
    const bytes = Number(sums[0]?.['bytes'] ?? 0);
    if (bytes > maxBytes) return null;
    const [rows = []] = await this.database.read({
      sql: `SELECT ${rowColumns} FROM items WHERE ${such}`,
      parameters,
    });
    return { rows: unsafeCast<ItemRow[]>(rows), bytes };
  }

  /** @returns null when there is no such conversation, `no-cursor` when `after` is not among them */
  async page(
    caller: Caller,
    conversationId: string,
    params: PageQuery,
  ): Promise<Page<ItemRecord> | 'no-cursor' | null> {
    const [conversations = [], cursors = [], rows = []] = await this.database.read(
      {
        sql: `SELECT id FROM conversations WHERE id = ? AND owner_id = ? AND ${alive}`,
        parameters: [conversationId, caller.id],
      },
      {
        sql: 'SELECT position FROM items WHERE conversation_id = ? AND id = ?',
        parameters: [conversationId, params.after ?? ''],
      },
      pageQuery(conversationId, params),
    );
    if (conversations.length === 0) return null;
    if (params.after !== null && cursors.length === 0) return 'no-cursor';
    return pageOf(unsafeCast<ItemRecord[]>(rows), params);
  }
}

/** Reads everything that was said in a conversation; see {@link readItems}. */
export function itemsOf(conversationId: string): Query {
  return { sql: allItems, parameters: [conversationId] };
}

/** Reads which model the last answer is from that is known to be from one, as `model`. */
export function lastModelOf(conversationId: string): Query {
  return {
    sql: `SELECT model FROM items WHERE conversation_id = ? AND model IS NOT NULL
          ORDER BY position DESC LIMIT 1`,
    parameters: [conversationId],
  };
}

/** @param rows of {@link itemsOf} */
export function readItems(rows: readonly Row[] | undefined): ReadItems {
  const text = String(rows?.[0]?.['items'] ?? '[]');
  return { items: unsafeCast<ItemValues[]>(JSON.parse(text)).map(itemOf), length: text.length };
}

/** What a change does to a conversation's items. */
export function changeItems(
  conversationId: string,
  { added, removed = null }: ItemsChange,
): Statement[] {
  const insertions = insertItems(conversationId, added);
  return removed === null ? insertions : [deleteItems(conversationId, removed), ...insertions];
}

/** Adds items to a conversation. */
export function insertItems(conversationId: string, items: readonly NewItem[]): Statement[] {
  const statements: Statement[] = [];
  for (let start = 0; start < items.length; start += insertedAtOnce) {
    statements.push(insertSome(conversationId, items.slice(start, start + insertedAtOnce)));
  }
  return statements;
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

function insertSome(conversationId: string, items: readonly NewItem[]): Statement {
  const parameters: SqlValue[] = [];
  for (const item of items) {
    const { id, turn, position, kind, role, content, status, inputTokens, outputTokens } = item;
    parameters.push(id, conversationId, turn, position, kind, role, content, status);
    parameters.push(inputTokens, outputTokens, item.upstream, item.model);
  }
  return { sql: insertionOf(items.length), parameters, expectedRows: items.length };
}

/** New texts would be read through again each time to find the prepared statement. */
const insertions = new Map<number, string>();

function insertionOf(count: number): string {
  const known = insertions.get(count);
  if (known !== undefined) return known;
  const places = Array.from(
    { length: count },
    () => `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${now})`,
  );
  const sql = `INSERT INTO items (${insertedColumns}) VALUES ${places.join(', ')}`;
  insertions.set(count, sql);
  return sql;
}

function pageQuery(conversationId: string, { limit, order, after }: PageQuery): Query {
  const [direction, beyond] = order === 'asc' ? ['ASC', '>'] : ['DESC', '<'];
  const parameters: SqlValue[] = [conversationId];
  let behind = '';
  if (after !== null) {
    behind = `AND position ${beyond} (SELECT position FROM items WHERE conversation_id = ? AND id = ?)`;
    parameters.push(conversationId, after);
  }
  return {
    sql: `SELECT ${recordColumns} FROM items WHERE conversation_id = ? ${behind}
          ORDER BY position ${direction} LIMIT ?`,
    parameters: [...parameters, limit + 1],
  };
}

function itemOf(values: ItemValues): StoredItem {
  const [id, turn, position, kind, role, inputTokens, bytes, said] = values;
  return { id, turn, position, kind, role, inputTokens, bytes, said };
}
