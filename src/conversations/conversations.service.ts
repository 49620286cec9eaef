import { Injectable } from '@nestjs/common';
import { IdSource } from '../platform/ids/id-source.js';
import { Settings } from '../config/settings.js';
import { ModelProviders } from '../providers/model-providers.js';
import type { ChatSettings, ConversationKind } from '../providers/transcript.js';
import {
  ConversationNotFoundError,
  DialogEmptyError,
  TurnRunningError,
} from './conversations.errors.js';
import { ConversationsRepository, type ClaimFailure } from './conversations.repository.js';
import { HistoryCache, memoryOf } from './history-cache.js';
import { historyOf, type History } from './history.js';
import { timesToLive, timeToLiveMs } from './idle-time.js';

/** What a caller decides about a new conversation. */
export interface NewConversation {
  kind: ConversationKind;
  /** Blank or absent is the kind's own. */
  prompt?: string | undefined;
  /** Not streamed unless said. */
  stream?: boolean | undefined;
  settings?: ChatSettings;
  /** Role play only. */
  humanName?: string;
  /** Role play only. */
  aiName?: string;
}

/** The life of conversations, apart from the turns in them. */
@Injectable()
export class ConversationsService {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly histories: HistoryCache,
    private readonly providers: ModelProviders,
    private readonly ids: IdSource,
    private readonly settings: Settings,
  ) {}

  /** @returns the new conversation's id */
  async create(params: NewConversation): Promise<string> {
    const { kind, prompt = '', stream = false, settings = '' } = params;
    const conversation = {
      id: this.ids.next('conv'),
      kind,
      prompt: prompt.trim() === '' ? this.providers.of(kind).defaultPrompt : prompt,
      stream,
      settings,
      humanName: params.humanName ?? null,
      aiName: params.aiName ?? null,
      model: null,
      idleMs: null,
    };
    await this.conversations.insert(conversation, this.timeToLiveMs(0));
    this.histories.keep(conversation.id, { version: 0, items: [], bytes: memoryOf([], 0) });
    return conversation.id;
  }

  /**
   * Takes away the last turn.
   *
   * @throws ConversationNotFoundError, TurnRunningError or DialogEmptyError
   */
  async rollback(id: string): Promise<void> {
    this.histories.forget(id);
    const { ttlSeconds } = this.settings.conversations;
    const claimFailure = await this.conversations.removeLastTurn(id, timesToLive(ttlSeconds));
    if (claimFailure?.type === 'empty') {
      throw new DialogEmptyError({ detail: 'Failed to rollback, dialog is empty' });
    }
    if (claimFailure) throw errorFor(claimFailure, id);
  }

  /** Deletes the conversation. @throws ConversationNotFoundError or TurnRunningError */
  async finish(id: string): Promise<void> {
    this.histories.forget(id);
    const claimFailure = await this.conversations.delete(id);
    if (claimFailure) throw errorFor(claimFailure, id);
  }

  /** The last committed state, also while a turn runs. @throws ConversationNotFoundError */
  async getHistory(id: string): Promise<History> {
    const found = await this.conversations.find(id);
    if (!found) throw new ConversationNotFoundError(id);
    return historyOf(found);
  }

  /** The transcript as text. @throws ConversationNotFoundError */
  async getText(id: string): Promise<string> {
    const { kind, transcript } = await this.getHistory(id);
    return this.providers.of(kind).text(transcript);
  }

  /** What was said, in order. @throws ConversationNotFoundError */
  async getSentences(id: string): Promise<string[]> {
    const { transcript } = await this.getHistory(id);
    return transcript.sentences.map(({ text }) => text);
  }

  private timeToLiveMs(sentences: number): number | null {
    return timeToLiveMs(this.settings.conversations.ttlSeconds, sentences);
  }
}

/** What the caller hears when a conversation could not be had. */
export function errorFor(claimFailure: ClaimFailure, id: string): Error {
  switch (claimFailure.type) {
    case 'unknown':
      return new ConversationNotFoundError(id);
    case 'claimed':
      return new TurnRunningError(claimFailure.leaseMs);
  }
}
