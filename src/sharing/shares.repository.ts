import { Injectable } from '@nestjs/common';
import { trusted } from '../common/trusted.js';
import { Database, now, type Row } from '../database/database.js';
import type { Share } from './share.entity.js';

/** What a share shows. */
export type StoredShare = Pick<Share, 'prompt' | 'sentences'>;

/** The SQL of shares. */
@Injectable()
export class SharesRepository {
  constructor(private readonly database: Database) {}

  async insert(share: Omit<Share, 'sequence' | 'createdAt'>): Promise<void> {
    await this.database.write([
      {
        sql: `INSERT INTO shares (id, conversation_id, prompt, sentences, created_at)
              VALUES (?, ?, ?, ?, ${now})`,
        parameters: [share.id, share.conversationId, share.prompt, share.sentences],
        expectedRows: 1,
      },
    ]);
  }

  async findById(id: string): Promise<StoredShare | null> {
    const [rows = []] = await this.database.read({
      sql: 'SELECT prompt, sentences FROM shares WHERE id = ?',
      parameters: [id],
    });
    return stored(rows);
  }

  /** The last one stored of a conversation. */
  async findNewestOf(conversationId: string): Promise<StoredShare | null> {
    const [rows = []] = await this.database.read({
      sql: `SELECT prompt, sentences FROM shares
            WHERE conversation_id = ? ORDER BY sequence DESC LIMIT 1`,
      parameters: [conversationId],
    });
    return stored(rows);
  }
}

function stored([row]: Row[]): StoredShare | null {
  return row ? trusted<StoredShare>(row) : null;
}
