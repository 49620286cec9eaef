import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Database, now } from '../database/database.js';
import { Share } from './share.entity.js';

/** The SQL of shares. */
@Injectable()
export class SharesRepository {
  constructor(
    private readonly database: Database,
    @InjectRepository(Share) private readonly shares: Repository<Share>,
  ) {}

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

  findById(id: string): Promise<Share | null> {
    return this.shares.findOneBy({ id });
  }

  /** The last one stored of a conversation. */
  findNewestOf(conversationId: string): Promise<Share | null> {
    return this.shares.findOne({ where: { conversationId }, order: { sequence: 'DESC' } });
  }
}
