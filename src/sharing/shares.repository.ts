import { Injectable } from '@nestjs/common';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { Database, now, skipLocked, type Row } from '../platform/database/database.js';
import { Settings } from '../config/settings.js';
import type { Caller } from '../auth/caller.js';
import type { Share } from './share.entity.js';

/** What a share shows. */
export type StoredShare = Pick<Share, 'prompt' | 'sentences' | 'createdAt'>;

const dayMs = 86_400_000;

/** Of a share that is shown; the parameter is its longest age in milliseconds. */
const alive = `created_at > ${now} - ?`;

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

  async insert(share: Omit<Share, 'sequence' | 'createdAt'>): Promise<void> {
    await this.database.write([
      {
        sql: `INSERT INTO shares (id, owner_id, conversation_id, prompt, sentences, created_at)
              VALUES (?, ?, ?, ?, ?, ${now})`,
        parameters: [share.id, share.ownerId, share.conversationId, share.prompt, share.sentences],
        expectedRows: 1,
      },
    ]);
  }

  async findById(id: string): Promise<StoredShare | null> {
    const [rows = []] = await this.database.read({
      sql: `SELECT prompt, sentences, created_at AS "createdAt" FROM shares WHERE id = ? AND ${alive}`,
      parameters: [id, this.longestAgeMs],
    });
    return stored(rows);
  }

  /** The last one stored of a conversation. */
  async findNewestOf(conversationId: string): Promise<StoredShare | null> {
    const [rows = []] = await this.database.read({
      sql: `SELECT prompt, sentences, created_at AS "createdAt" FROM shares
            WHERE conversation_id = ? AND ${alive} ORDER BY sequence DESC LIMIT 1`,
      parameters: [conversationId, this.longestAgeMs],
    });
    return stored(rows);
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

  /** Deletes shares past their time. @returns how many */
  async deleteExpired(limit: number): Promise<number> {
    const outcome = await this.database.write([
      {
        sql: `DELETE FROM shares WHERE sequence IN (
                SELECT sequence FROM shares WHERE created_at <= ${now} - ? LIMIT ? ${skipLocked})`,
        parameters: [this.longestAgeMs, limit],
      },
    ]);
    return outcome.committed ? (outcome.results[0]?.affected ?? 0) : 0;
  }
}

function stored([row]: Row[]): StoredShare | null {
  return row ? unsafeCast<StoredShare>(row) : null;
}
