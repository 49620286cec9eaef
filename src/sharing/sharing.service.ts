import { Injectable } from '@nestjs/common';
import { IdSource } from '../common/ids/id-source.js';
import { trusted } from '../common/trusted.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { ShareNotFoundError } from './shares.errors.js';
import { SharesRepository } from './shares.repository.js';

/** What anyone may read of a share. */
export interface SharedConversation {
  prompt: string;
  sentences: string[];
}

/** Frozen copies of conversations, open to anyone who knows their id. */
@Injectable()
export class SharingService {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly shares: SharesRepository,
    private readonly ids: IdSource,
  ) {}

  /**
   * Freezes the last committed state under an id of its own.
   *
   * @returns the share's id
   * @throws ConversationNotFoundError
   */
  async store(conversationId: string): Promise<string> {
    const { transcript } = await this.conversations.getHistory(conversationId);
    const id = this.ids.next('share');
    const sentences = JSON.stringify(transcript.sentences.map(({ text }) => text));
    await this.shares.insert({ id, conversationId, prompt: transcript.prompt, sentences });
    return id;
  }

  /**
   * A share by its own id, or the newest one of a conversation by the conversation's.
   *
   * @throws ShareNotFoundError
   */
  async get(id: string): Promise<SharedConversation> {
    const share = (await this.shares.findById(id)) ?? (await this.shares.findNewestOf(id));
    if (!share) throw new ShareNotFoundError();
    return { prompt: share.prompt, sentences: trusted<string[]>(JSON.parse(share.sentences)) };
  }
}
