import { Injectable } from '@nestjs/common';
import {
  Database,
  now,
  skipLocked,
  type Query,
  type Row,
  type SqlValue,
} from '../platform/database/database.js';
import { statementsOf, writeOf } from '../platform/database/statements.js';
import type { UnitOfWork, Write } from '../platform/database/unit-of-work.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { Settings } from '../config/settings.js';
import type { Caller } from '../auth/caller.js';
import { pageOf, type Page, type PageQuery } from '../conversations/page.js';
import type { Share } from './share.entity.js';
import { titleOfBeginning } from './share-title.js';

/** A share as it is made; null is what it goes without. */
export type NewShare = Pick<
  Share,
  'id' | 'conversationId' | 'title' | 'kind' | 'model' | 'content' | 'password'
> & {
  /** From now on; null goes by SHARE_TTL_DAYS. */
  timeToLiveMs: number | null;
};

/** A share apart from what it shows. */
export interface ShareRecord extends Pick<
  Share,
  'id' | 'sequence' | 'conversationId' | 'kind' | 'model' | 'password' | 'createdAt'
> {
  title: string;
  /** When it is no longer shown, whichever of the two bounds comes first; null is never. */
  expiresAt: number | null;
}

/** What a share shows, in the form in which it was stored. */
export type ShareTexts = Pick<Share, 'content' | 'prompt' | 'sentences'>;

/** Which shares are wanted. */
export interface ShareFilter {
  /** Null is of any. */
  conversationId: string | null;
}

const dayMs = 86_400_000;

/** Of a share that is shown; the parameter is its longest age in milliseconds. */
const alive = `created_at > ${now} - ? AND (expires_at IS NULL OR expires_at > ${now})`;

/** Enough of the first sentence to make a title of, for shares that have none. */
const beginning = 'CASE WHEN title IS NULL THEN substr(sentences, 1, 2000) END AS beginning';
const recordColumns = `sequence, id, conversation_id, title, kind, model, password, expires_at, created_at, ${beginning}`;

/** The SQL of shares. */
@Injectable()
export class SharesRepository {
  private readonly longestAgeMs: number;

  constructor(
    private readonly database: Database,
    { sharing }: Settings,
  ) {
    const { ttlDays } = sharing;
    this.longestAgeMs = ttlDays === 0 ? Number.MAX_SAFE_INTEGER : ttlDays * dayMs;
  }

  /**
   * @param unitOfWork what the share depends on
   * @returns null when that missed, and nothing was written
   */
  async insert(
    caller: Caller,
    { id, conversationId, title, kind, model, content, password, timeToLiveMs }: NewShare,
    unitOfWork: UnitOfWork,
  ): Promise<ShareRecord | null> {
    const outcome = await this.database.write([
      ...statementsOf(unitOfWork),
      {
        sql: `INSERT INTO shares
                (id, owner_id, conversation_id, title, kind, model, content, password, prompt, sentences,
                 expires_at, created_at)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', '[]', ${now} + ?, ${now})
              RETURNING ${recordColumns}`,
        parameters: [
          ...[id, caller.id, conversationId, title, kind, model, content, password],
          timeToLiveMs,
        ],
        expectedRows: 1,
      },
    ]);
    const row = outcome.committed ? outcome.results.at(-1)?.rows[0] : undefined;
    return row ? this.toRecord(row) : null;
  }

  async findById(id: string): Promise<ShareRecord | null> {
    return this.findFirst({
      sql: `SELECT ${recordColumns} FROM shares WHERE id = ? AND ${alive}`,
      parameters: [id, this.longestAgeMs],
    });
  }

  /** The last one stored of a conversation. */
  async findNewestOf(conversationId: string): Promise<ShareRecord | null> {
    return this.findFirst({
      sql: `SELECT ${recordColumns} FROM shares
            WHERE conversation_id = ? AND ${alive} ORDER BY sequence DESC LIMIT 1`,
      parameters: [conversationId, this.longestAgeMs],
    });
  }

  /** What a share shows that was found; null when it is gone meanwhile. */
  async findTexts(sequence: number): Promise<ShareTexts | null> {
    const [[row] = []] = await this.database.read({
      sql: `SELECT content, prompt, sentences FROM shares WHERE sequence = ? AND ${alive}`,
      parameters: [sequence, this.longestAgeMs],
    });
    return row ? unsafeCast<ShareTexts>(row) : null;
  }

  /** In the order in which they were stored. @returns `no-cursor` when `after` is none of them */
  async page(
    caller: Caller,
    params: PageQuery,
    { conversationId }: ShareFilter,
  ): Promise<Page<ShareRecord> | 'no-cursor'> {
    const { limit, order, after } = params;
    const [direction, beyond] = order === 'asc' ? ['ASC', '>'] : ['DESC', '<'];
    const from = after === null ? null : await this.sequenceOf(caller, after);
    if (after !== null && from === null) return 'no-cursor';
    const conditions: string[] = [];
    const parameters: SqlValue[] = [];
    if (conversationId !== null) {
      conditions.push('AND conversation_id = ?');
      parameters.push(conversationId);
    }
    if (from !== null) {
      conditions.push(`AND sequence ${beyond} ?`);
      parameters.push(from);
    }
    const [rows = []] = await this.database.read({
      sql: `SELECT ${recordColumns} FROM shares
            WHERE owner_id = ? AND ${alive} ${conditions.join(' ')}
            ORDER BY sequence ${direction} LIMIT ?`,
      parameters: [caller.id, this.longestAgeMs, ...parameters, limit + 1],
    });
    return pageOf(
      rows.map((row) => this.toRecord(row)),
      params,
    );
  }

  /** Deletes a share, or all of a conversation. @returns how many */
  async delete(caller: Caller, id: string): Promise<number> {
    const outcome = await this.database.write([
      {
        sql: `DELETE FROM shares
              WHERE (id = ? OR conversation_id = ?) AND owner_id = ? AND ${alive}`,
        parameters: [id, id, caller.id, this.longestAgeMs],
      },
    ]);
    return outcome.committed ? (outcome.results[0]?.affected ?? 0) : 0;
  }

  /** Deletes all of a conversation, as a part of a write. */
  deletionOf(caller: Caller, conversationId: string): Write {
    return writeOf({
      sql: 'DELETE FROM shares WHERE conversation_id = ? AND owner_id = ?',
      parameters: [conversationId, caller.id],
    });
  }

  /** Deletes shares past their time. @returns how many */
  async deleteExpired(limit: number): Promise<number> {
    const outcome = await this.database.write([
      {
        sql: `DELETE FROM shares WHERE sequence IN (
                SELECT sequence FROM shares WHERE created_at <= ${now} - ? OR expires_at <= ${now}
                LIMIT ? ${skipLocked})`,
        parameters: [this.longestAgeMs, limit],
      },
    ]);
    return outcome.committed ? (outcome.results[0]?.affected ?? 0) : 0;
  }

  private async findFirst(query: Query): Promise<ShareRecord | null> {
    const [[row] = []] = await this.database.read(query);
    return row ? this.toRecord(row) : null;
  }

  /** Also of a share that is past its time: pages go on from where it stood. */
  private async sequenceOf(caller: Caller, id: string): Promise<number | null> {
    const [[row] = []] = await this.database.read({
      sql: 'SELECT sequence FROM shares WHERE id = ? AND owner_id = ?',
      parameters: [id, caller.id],
    });
    return row ? Number(row['sequence']) : null;
  }

  private toRecord(row: Row): ShareRecord {
    const { title, beginning: sentences, expires_at: ownEnd } = row;
    const createdAt = Number(row['created_at']);
    const ends = [
      ...(ownEnd === null || ownEnd === undefined ? [] : [Number(ownEnd)]),
      ...(this.longestAgeMs === Number.MAX_SAFE_INTEGER ? [] : [createdAt + this.longestAgeMs]),
    ];
    return unsafeCast<ShareRecord>({
      id: row['id'],
      sequence: row['sequence'],
      conversationId: row['conversation_id'],
      title: title ?? titleOfBeginning(String(sentences)),
      kind: row['kind'],
      model: row['model'],
      password: row['password'],
      createdAt,
      expiresAt: ends.length === 0 ? null : Math.min(...ends),
    });
  }
}
