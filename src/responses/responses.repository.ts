import { Injectable } from '@nestjs/common';
import {
  Database,
  elementsOfParameter,
  now,
  type Row,
  type SqlValue,
  type Statement,
} from '../database/database.js';
import { trusted } from '../common/trusted.js';
import type { ItemRecord } from '../conversations/conversation-records.repository.js';
import { rowColumns, type ItemRow } from '../conversations/conversations.repository.js';
import { abandoned, type ResponseBody } from './response-body.js';

/** A stored response; one whose process is gone has failed, whether that is written yet or not. */
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

const columns =
  'id, conversation_id, previous_response_id, after_item_id, body, input, lease_until';
const alive = `(expires_at IS NULL OR expires_at > ${now})`;
/** A lease is there while a response runs, and the process that gives it renews it. */
const running = `(lease_until > ${now})`;
const isAbandoned = `(lease_until <= ${now})`;
const record = `${columns}, CASE WHEN ${isAbandoned} THEN 1 ELSE 0 END AS abandoned`;

/** The SQL of responses. Times are epoch milliseconds of the database's clock. */
@Injectable()
export class ResponsesRepository {
  constructor(private readonly database: Database) {}

  async find(id: string): Promise<ResponseRecord | null> {
    const [[row] = []] = await this.database.read({
      sql: `SELECT ${record} FROM responses WHERE id = ? AND ${alive}`,
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
            SELECT ${record} FROM chain ORDER BY depth DESC`,
      parameters: [id],
    });
    return rows.map(toRecord);
  }

  /** The newest responses that were given in a conversation. */
  async findNewestIn(conversationId: string, limit: number): Promise<ResponseRecord[]> {
    const [rows = []] = await this.database.read({
      sql: `SELECT ${record} FROM responses WHERE conversation_id = ? AND ${alive}
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
    return batch.length === 0 || (await this.database.write(batch)).committed;
  }

  /** Lengthens the leases of responses that still run. @returns their ids */
  async renew(ids: readonly string[], leaseMs: number): Promise<string[]> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE responses SET lease_until = ${now} + ?
              WHERE id IN ${elementsOfParameter} AND ${running} RETURNING id`,
        parameters: [leaseMs, JSON.stringify(ids)],
      },
    ]);
    if (!outcome.committed) return [];
    return outcome.results.flatMap(({ rows }) => rows).map(({ id }) => String(id));
  }

  /** Writes down that responses have failed whose process is gone. @returns how many */
  async failAbandoned(limit: number): Promise<number> {
    const [rows = []] = await this.database.read({
      sql: `SELECT id, body FROM responses WHERE ${isAbandoned} ORDER BY id LIMIT ?`,
      parameters: [limit],
    });
    const statements = rows.map(({ id, body }): Statement => {
      const failed = abandoned(bodyIn(body));
      return {
        sql: `${endingSql} AND ${isAbandoned}`,
        parameters: [failed.status ?? 'failed', JSON.stringify(failed), String(id)],
      };
    });
    const outcome = await this.database.write(statements);
    if (!outcome.committed) return 0;
    return outcome.results.reduce((sum, { affected }) => sum + affected, 0);
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

/** The statement that deletes a response. */
export function deleteResponse(id: string): Statement {
  return {
    sql: `DELETE FROM responses WHERE id = ? AND ${alive}`,
    parameters: [id],
    expectedRows: 1,
  };
}

const endingSql = 'UPDATE responses SET status = ?, body = ?, lease_until = NULL WHERE id = ?';

/** The statement that ends a running response; it is missed by one that was ended before. */
export function endResponse(id: string, body: ResponseBody): Statement {
  return {
    sql: `${endingSql} AND ${running}`,
    parameters: [body.status ?? 'completed', JSON.stringify(body), id],
    expectedRows: 1,
  };
}

/** One text for all, as the prepared statement is found by it. */
const insertion = `INSERT INTO responses (${columns}, status, expires_at, created_at)
  VALUES (?, ?, ?, ?, ?, ?, ${now} + ?, ?, ${now} + ?, ${now})`;

/**
 * The statement that stores a response.
 *
 * @param timeToLiveMs null never expires
 * @param leaseMs of one that is still given; null has ended
 */
export function insertResponse(
  record: ResponseRecord,
  timeToLiveMs: number | null,
  leaseMs: number | null,
): Statement {
  const { id, conversationId, previousResponseId, afterItemId, body, input } = record;
  return {
    sql: insertion,
    parameters: [
      id,
      conversationId,
      previousResponseId,
      afterItemId,
      JSON.stringify(body),
      JSON.stringify(input),
      leaseMs,
      body.status ?? 'completed',
      timeToLiveMs,
    ],
    expectedRows: 1,
  };
}

function toRecord(row: Row): ResponseRecord {
  const body = bodyIn(row['body']);
  return trusted<ResponseRecord>({
    id: row['id'],
    conversationId: row['conversation_id'],
    previousResponseId: row['previous_response_id'],
    afterItemId: row['after_item_id'],
    body: row['abandoned'] === 1 ? abandoned(body) : body,
    input: trusted<ItemRecord[]>(JSON.parse(String(row['input']))),
  });
}

function bodyIn(text: SqlValue | undefined): ResponseBody {
  return trusted<ResponseBody>(JSON.parse(String(text)));
}
