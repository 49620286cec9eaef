import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { IdSource } from '../platform/ids/id-source.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { Settings } from '../config/settings.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { ShareNotFoundError } from './shares.errors.js';
import type { SharedConversation } from './shared-conversation.js';
import { SharesRepository } from './shares.repository.js';

/** Frozen copies of conversations, open to anyone who knows their id. */
@Injectable()
export class SharingService {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly shares: SharesRepository,
    private readonly ids: IdSource,
    private readonly settings: Settings,
  ) {}

  /**
   * Freezes the last committed state under an id of its own.
   *
   * @returns the share's id
   * @throws ConversationNotFoundError
   */
  async store(caller: Caller, conversationId: string): Promise<string> {
    const { transcript } = await this.conversations.getHistory(caller, conversationId);
    const id = this.ids.next('share');
    const sentences = JSON.stringify(transcript.sentences.map(({ text }) => text));
    const { prompt } = transcript;
    await this.shares.insert({ id, ownerId: caller.id, conversationId, prompt, sentences });
    return id;
  }

  /**
   * Takes back a share by its own id, or all of a conversation by the conversation's.
   *
   * @throws ShareNotFoundError
   */
  async delete(caller: Caller, id: string): Promise<void> {
    if ((await this.shares.delete(caller, id)) === 0) throw new ShareNotFoundError();
  }

  /**
   * A share by its own id, or the newest one of a conversation by the conversation's, whoever asks.
   *
   * @throws ShareNotFoundError
   */
  // eslint-disable-next-line alice/caller-first -- whoever knows its id may read it
  async get(id: string): Promise<SharedConversation> {
    const share = (await this.shares.findById(id)) ?? (await this.shares.findNewestOf(id));
    if (!share) throw new ShareNotFoundError();
    const prompt = this.settings.sharing.prompts ? share.prompt : '';
    const sentences = unsafeCast<string[]>(JSON.parse(share.sentences));
    return {
      ...{ id, title: titleOf(sentences), createdAt: share.createdAt, prompt, sentences },
      turns: sentences.map((text, index) => ({
        role: index % 2 === 0 ? 'user' : 'assistant',
        text,
      })),
    };
  }
}

/** Its first sentence, on one line. */
function titleOf([first = '']: readonly string[]): string {
  return first.slice(0, 200).replaceAll(/\s+/g, ' ').trim();
}
