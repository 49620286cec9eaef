import { Injectable, Logger } from '@nestjs/common';
import {
  Database,
  elementsOfParameter,
  now,
  type Query,
  type Row,
  type SqlValue,
  type Statement,
} from '../platform/database/database.js';
import { hasLiveLease } from '../platform/database/lease.js';
import { writeOf } from '../platform/database/statements.js';
import type { Write } from '../platform/database/unit-of-work.js';
import { Leases } from '../platform/tasks/leases.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import type { Caller } from '../auth/caller.js';
import { Settings } from '../config/settings.js';
import type { ItemRecord } from '../conversations/items.repository.js';
import type { UnshownParameters } from './create-response-params.js';
import type { Origins } from './output-items.js';
import { sharedLength } from './response-item-ids.js';
import { abandoned, fromStored, type ResponseBody } from './response-body.js';

/** A stored response; one whose process is gone has failed, which is written before it is told. */
export interface ResponseRecord {
  id: string;
  ownerId: string;
  conversationId: string | null;
  previousResponseId: string | null;
  afterItemId: string | null;
  body: ResponseBody;
  origins: Origins;
  /** How it was asked for, as far as its body does not show that; null is nothing, or not known. */
  asked: UnshownParameters | null;
  input: ItemRecord[];
}

/** Responses that build on each other, the oldest first. */
export interface ResponseChain {
  responses: ResponseRecord[];
  /** There are more of them, or more in them, than are followed; then there are none here. */
  isTooLong: boolean;
}

/** As the index has it. */
const sharedPart = `substr(id, 6, ${sharedLength})`;

/** Responses that build on each other are followed so far. */
const longestChain = 1_000;

const columns =
  'id, owner_id, conversation_id, previous_response_id, after_item_id, body, input, lease_until';
const alive = `(expires_at IS NULL OR expires_at > ${now})`;
/**
 * A lease is there while a response runs, and the process that gives it renews it. One that ran out
 * may be renewed as long as nobody was told that the response has failed: who tells it, writes it.
 */
const running = '(lease_until IS NOT NULL)';

/** The SQL of responses. Times are epoch milliseconds of the database's clock. */
@Injectable()
export class ResponsesRepository {
  /** Of the responses that this process gives, by their ids: to it they are never abandoned. */
  readonly leases: Leases;
  private readonly leaseMs: number;
  private readonly logger = new Logger(ResponsesRepository.name);
  private readonly isAbandoned: string;
  private readonly record: string;

  constructor(
    private readonly database: Database,
    { conversations }: Settings,
  ) {
    this.leaseMs = conversations.turnLeaseSeconds * 1_000;
    this.leases = new Leases((ids) => this.renew(ids));
    this.isAbandoned = `(${running} AND NOT ${hasLiveLease(this.leaseMs)})`;
    this.record = `${columns}, CASE WHEN ${this.isAbandoned} THEN 1 ELSE 0 END AS abandoned`;
  }

  async find(caller: Caller, id: string): Promise<ResponseRecord | null> {
    const [row] = await this.read({
      sql: `SELECT ${this.record} FROM responses
            WHERE id = ? AND owner_id = ? AND ${alive}`,
      parameters: [id, caller.id],
    });
    return row ? toRecord(row) : null;
  }

  /**
   * A response with all that it builds on, the oldest first. Those before it are followed beyond
   * their own time: they are kept as long as something builds on them.
   *
   * @param maxBytes of all their bodies and inputs; they are not followed further
   */
  async findChain(caller: Caller, id: string, maxBytes: number): Promise<ResponseChain> {
    const prefixed = columns.replaceAll(/\w+/g, (column) => `responses.${column}`);
    const rows = await this.read({
      sql: `WITH RECURSIVE chain (${columns}, length, bytes) AS (
              SELECT ${columns}, 1, octet_length(body) + octet_length(input)
              FROM responses WHERE id = ? AND owner_id = ? AND ${alive}
              UNION ALL
              SELECT ${prefixed}, chain.length + 1,
                chain.bytes + octet_length(responses.body) + octet_length(responses.input)
              FROM responses JOIN chain ON responses.id = chain.previous_response_id
                AND responses.owner_id = chain.owner_id
              WHERE chain.length < ${longestChain} AND chain.bytes <= CAST(? AS bigint)
            )
            SELECT ${this.record}, bytes FROM chain ORDER BY length DESC`,
      parameters: [id, caller.id, maxBytes],
    });
    const isTooLong = rows.length >= longestChain || Number(rows[0]?.['bytes'] ?? 0) > maxBytes;
    return { responses: isTooLong ? [] : rows.map(toRecord), isTooLong };
  }

  /**
   * Responses by what their ids share with those of their items.
   *
   * @param maxBytes of all their bodies and inputs
   * @returns null when they have more
   */
  async findBeginning(
    caller: Caller,
    shared: readonly string[],
    maxBytes: number,
  ): Promise<ResponseRecord[] | null> {
    const such = `${sharedPart} IN ${elementsOfParameter} AND owner_id = ? AND ${alive}`;
    const parameters = [JSON.stringify(shared), caller.id];
    const [sums = []] = await this.database.read({
      sql: `SELECT SUM(octet_length(body) + octet_length(input)) AS bytes FROM responses WHERE ${such}`,
      parameters,
    });
    if (Number(sums[0]?.['bytes'] ?? 0) > maxBytes) return null;
    const rows = await this.read({
      sql: `SELECT ${this.record} FROM responses WHERE ${such}`,
      parameters,
    });
    return rows.map(toRecord);
  }

  /** The newest responses that were given in a conversation. */
  async findNewestIn(
    caller: Caller,
    conversationId: string,
    limit: number,
  ): Promise<ResponseRecord[]> {
    const rows = await this.read({
      sql: `SELECT ${this.record} FROM responses
            WHERE conversation_id = ? AND owner_id = ? AND ${alive}
            ORDER BY created_at DESC LIMIT ?`,
      parameters: [conversationId, caller.id, limit],
    });
    return rows.map(toRecord);
  }

  /** Writes down that responses have failed whose process is gone. @returns how many */
  async failAbandoned(limit: number): Promise<number> {
    await this.leases.renew();
    const [rows = []] = await this.database.read({
      sql: `SELECT id, body FROM responses WHERE ${this.isAbandoned} ORDER BY id LIMIT ?`,
      parameters: [limit],
    });
    return this.fail(rows.filter((row) => !this.isOwn(row)));
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

  /** The responses of a query, once it is written that those have failed which are abandoned. */
  private async read(query: Query): Promise<Row[]> {
    for (;;) {
      const [rows = []] = await this.database.read(query);
      const abandoned = rows.filter((row) => row['abandoned'] === 1 && !this.isOwn(row));
      if (abandoned.length === 0) return rows;
      await this.fail(abandoned);
    }
  }

  private isOwn({ id }: Row): boolean {
    return this.leases.has(String(id));
  }

  /** @returns how many there were that nobody renewed meanwhile */
  private async fail(rows: readonly Row[]): Promise<number> {
    if (rows.length === 0) return 0;
    const statements = rows.map(({ id, body }): Statement => {
      const failed = abandoned(storedIn(body).body);
      return {
        sql: `UPDATE responses SET status = ?, body = ?, lease_until = NULL
              WHERE id = ? AND ${this.isAbandoned}`,
        parameters: [failed.status ?? 'failed', JSON.stringify(failed), String(id)],
      };
    });
    const outcome = await this.database.write(statements);
    if (!outcome.committed) return 0;
    const count = outcome.results.reduce((sum, { affected }) => sum + affected, 0);
    if (count > 0) this.logger.warn({ event: 'responses.abandoned', count });
    return count;
  }

  /** Lengthens the leases of responses that still run. @returns their ids */
  private async renew(ids: readonly string[]): Promise<string[]> {
    const outcome = await this.database.write([
      {
        sql: `UPDATE responses SET lease_until = ${now} + ?
              WHERE id IN ${elementsOfParameter} AND ${running} RETURNING id`,
        parameters: [this.leaseMs, JSON.stringify(ids)],
      },
    ]);
    if (!outcome.committed) return [];
    return outcome.results.flatMap(({ rows }) => rows).map(({ id }) => String(id));
  }
}

/** Deletes a response; without it nothing of the unit of work is written. */
export function deleteResponse(caller: Caller, id: string): Write {
  return writeOf({
    sql: `DELETE FROM responses WHERE id = ? AND owner_id = ? AND ${alive}`,
    parameters: [id, caller.id],
    expectedRows: 1,
  });
}

/** Ends a running response; one that was ended before misses it. */
export function endResponse(
  caller: Caller,
  id: string,
  body: ResponseBody,
  beside: Partial<BesideBody> = {},
): Write {
  return writeOf({
    sql: `UPDATE responses SET status = ?, body = ?, lease_until = NULL
          WHERE id = ? AND owner_id = ? AND ${running}`,
    parameters: [body.status ?? 'completed', storedText(body, beside), id, caller.id],
    expectedRows: 1,
  });
}

/** One text for all, as the prepared statement is found by it. */
const insertion = `INSERT INTO responses (${columns}, status, expires_at, created_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ${now} + ?, ?, ${now} + ?, ${now})`;

/**
 * Stores a response.
 *
 * @param timeToLiveMs null never expires
 * @param leaseMs of one that is still given; null has ended
 */
export function insertResponse(
  record: ResponseRecord,
  timeToLiveMs: number | null,
  leaseMs: number | null,
): Write {
  const { id, ownerId, conversationId, previousResponseId, afterItemId, input } = record;
  const { body } = record;
  return writeOf({
    sql: insertion,
    parameters: [
      id,
      ownerId,
      conversationId,
      previousResponseId,
      afterItemId,
      storedText(body, record),
      JSON.stringify(input),
      leaseMs,
      body.status ?? 'completed',
      timeToLiveMs,
    ],
    expectedRows: 1,
  });
}

function toRecord(row: Row): ResponseRecord {
  return unsafeCast<ResponseRecord>({
    id: row['id'],
    ownerId: row['owner_id'],
    conversationId: row['conversation_id'],
    previousResponseId: row['previous_response_id'],
    afterItemId: row['after_item_id'],
    ...storedIn(row['body']),
    input: unsafeCast<ItemRecord[]>(JSON.parse(String(row['input']))),
  });
}

/** What is not shown of a response stands beside what is. */
type BesideBody = Pick<ResponseRecord, 'origins' | 'asked'>;

function storedText(
  body: ResponseBody,
  { origins = {}, asked = null }: Partial<BesideBody>,
): string {
  return JSON.stringify({
    ...body,
    ...(Object.keys(origins).length === 0 ? {} : { origins }),
    ...(asked === null ? {} : { asked }),
  });
}

function storedIn(text: SqlValue | undefined): BesideBody & { body: ResponseBody } {
  const stored = unsafeCast<ResponseBody & Partial<BesideBody>>(JSON.parse(String(text)));
  const { origins = {}, asked = null, ...body } = stored;
  return { body: fromStored(body), origins, asked };
}
