import { Injectable } from '@nestjs/common';
import { Database, now, type Row, type Statement } from '../database/database.js';
import { trusted } from '../common/trusted.js';
import type { ItemRecord } from '../conversations/conversation-records.repository.js';
import { rowColumns, type ItemRow } from '../conversations/conversations.repository.js';
import type { ResponseBody } from './response-body.js';

/** A stored response. */
export interface ResponseRecord {
  id: string;
  conversationId: string | null;
  previousResponseId: string | null;
  afterItemId: string | null;
  body: ResponseBody;
  input: ItemRecord[];
}

/** Responses that build on each other are followed so far. */
const longestChain = 10_000;

const columns = 'id, conversation_id, previous_response_id, after_item_id, body, input';
const alive = `(expires_at IS NULL OR expires_at > ${now})`;

/** The SQL of responses. Times are epoch milliseconds of the database's clock. */
@Injectable()
export class ResponsesRepository {
  constructor(private readonly database: Database) {}

  async find(id: string): Promise<ResponseRecord | null> {
    const [[row] = []] = await this.database.read({
      sql: `SELECT ${columns} FROM responses WHERE id = ? AND ${alive}`,
      parameters: [id],
    });
    return row ? toRecord(row) : null;
  }

  /**
   * A response with all that it builds on, the oldest first. Those before it are followed beyond
   * their own time: they are kept as long as something builds on them.
   */
  async findChain(id: string): Promise<ResponseRecord[]> {
    const prefixed = columns.replaceAll(/\w+/g, (column) => `responses.${column}`);
    const [rows = []] = await this.database.read({
      sql: `WITH RECURSIVE chain (${columns}, depth) AS (
              SELECT ${columns}, 0 FROM responses WHERE id = ? AND ${alive}
              UNION ALL
              SELECT ${prefixed}, chain.depth + 1 FROM responses
              JOIN chain ON responses.id = chain.previous_response_id
              WHERE chain.depth < ${longestChain}
            )
            SELECT ${columns} FROM chain ORDER BY depth DESC`,
      parameters: [id],
    });
    return rows.map(toRecord);
  }

  /** The newest responses that were given in a conversation. */
  async findNewestIn(conversationId: string, limit: number): Promise<ResponseRecord[]> {
    const [rows = []] = await this.database.read({
      sql: `SELECT ${columns} FROM responses WHERE conversation_id = ? AND ${alive}
            ORDER BY created_at DESC LIMIT ?`,
      parameters: [conversationId, limit],
    });
    return rows.map(toRecord);
  }

  /** The items of a conversation up to and with one of them; none when that is gone. */
  async findItemsUpTo(conversationId: string, itemId: string): Promise<ItemRow[]> {
    const [rows = []] = await this.database.read({
      sql: `SELECT ${rowColumns} FROM items
            WHERE conversation_id = ? AND position <= (
              SELECT position FROM items WHERE conversation_id = ? AND id = ?
            ) ORDER BY position`,
      parameters: [conversationId, conversationId, itemId],
    });
    return trusted<ItemRow[]>(rows);
  }

  /** Runs statements that belong together. @returns false when one missed and nothing was written */
  async write(batch: readonly Statement[]): Promise<boolean> {
    if (batch.length === 0) return true;
    const outcome = await this.database.write(batch);
    return outcome.committed;
  }

  /** @returns whether there was one */
  async delete(id: string): Promise<boolean> {
    const outcome = await this.database.write([
      {
        sql: `DELETE FROM responses WHERE id = ? AND ${alive}`,
        parameters: [id],
        expectedRows: 1,
      },
    ]);
    return outcome.committed;
  }

  /** Deletes responses past their time that nothing builds on. @returns how many */
  async deleteExpired(limit: number): Promise<number> {
    const outcome = await this.database.write([
      {
        sql: `DELETE FROM responses WHERE id IN (
                SELECT id FROM responses WHERE expires_at <= ${now} AND NOT EXISTS (
                  SELECT 1 FROM responses AS later WHERE later.previous_response_id = responses.id
                ) LIMIT ?)`,
        parameters: [limit],
      },
    ]);
    return outcome.committed ? (outcome.results[0]?.affected ?? 0) : 0;
  }
}

/**
 * The statement that stores a response.
 *
 * @param timeToLiveMs null never expires
 */
export function insertResponse(record: ResponseRecord, timeToLiveMs: number | null): Statement {
  const { id, conversationId, previousResponseId, afterItemId, body, input } = record;
  return {
    sql: `INSERT INTO responses (${columns}, status, expires_at, created_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ${now} + ?, ${now})`,
    parameters: [
      id,
      conversationId,
      previousResponseId,
      afterItemId,
      JSON.stringify(body),
      JSON.stringify(input),
      body.status ?? 'completed',
      timeToLiveMs,
    ],
    expectedRows: 1,
  };
}

function toRecord(row: Row): ResponseRecord {
  return trusted<ResponseRecord>({
    id: row['id'],
    conversationId: row['conversation_id'],
    previousResponseId: row['previous_response_id'],
    afterItemId: row['after_item_id'],
    body: trusted<ResponseBody>(JSON.parse(String(row['body']))),
    input: trusted<ItemRecord[]>(JSON.parse(String(row['input']))),
  });
}
