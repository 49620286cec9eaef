import { Injectable } from '@nestjs/common';
import { IdSource } from '../platform/ids/id-source.js';
import { Settings } from '../config/settings.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import {
  ConversationRecordsRepository,
  type ConversationFilter,
  type ConversationRecord,
  type ItemRecord,
  type Page,
  type PageQuery,
} from './conversation-records.repository.js';
import { checkSize, sizeOfConversation, sizeWith } from './conversation-size.js';
import {
  ClaimLostError,
  ConversationNotFoundError,
  CursorNotFoundError,
  ItemNotFoundError,
} from './conversations.errors.js';
import { timesToLive } from './idle-time.js';
import { resolveItems, type InputItem } from './input-item.js';
import { newItems } from './item-factory.js';
import { itemOf } from './item-mapper.js';
import { TurnClaimsService } from './turn-claims.service.js';

/** What a caller of the `/v1` API decides about a new conversation. */
export interface NewRecord {
  metadata: Readonly<Record<string, string>>;
  items: readonly InputItem[];
  /** Idle time of its own, 0 for never; null goes by V1_CONVERSATION_TTL_SECONDS. */
  expiresAfterSeconds: number | null;
}

/** Conversations as things with metadata and items, as the `/v1` API has them. */
@Injectable()
export class ConversationRecordsService {
  constructor(
    private readonly records: ConversationRecordsRepository,
    private readonly claims: TurnClaimsService,
    private readonly ids: IdSource,
    private readonly settings: Settings,
  ) {}

  /**
   * A conversation for the turbo model.
   *
   * @param recordAnswer adds what is written together with it
   * @throws ConversationTooLongError or InvalidFieldError
   */
  async create(
    { metadata, items, expiresAfterSeconds }: NewRecord,
    recordAnswer: ((unitOfWork: UnitOfWork, record: ConversationRecord) => void) | null = null,
  ): Promise<ConversationRecord> {
    const { v1, models, conversations } = this.settings;
    const written = newItems(resolveItems(items, new Map()), { turn: 1, position: 1 }, this.ids);
    checkSize(sizeOfConversation('', [], written), conversations.maxBytes);
    const id = this.ids.next('conv');
    const idleMs = (expiresAfterSeconds ?? v1.conversationTtlSeconds) * 1_000;
    const conversation = {
      id,
      kind: 'turbo' as const,
      prompt: '',
      humanName: null,
      aiName: null,
      settings: '' as const,
      stream: false,
      model: models.turbo,
      idleMs,
    };
    const record = recordAnswer && { id, createdAt: await this.records.readClock(), metadata };
    const timeToLiveMs = idleMs === 0 ? null : idleMs;
    const unitOfWork = new UnitOfWork();
    if (record) recordAnswer(unitOfWork, record);
    const isMade = await this.records.insert(
      { conversation, metadata: JSON.stringify(metadata), items: written },
      timeToLiveMs,
      record?.createdAt ?? null,
      unitOfWork,
    );
    if (!isMade) throw new ClaimLostError();
    return record ?? this.get(id);
  }

  /** @throws ConversationNotFoundError */
  async setMetadata(
    id: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<ConversationRecord> {
    const updated = await this.records.updateMetadata(id, JSON.stringify(metadata));
    if (!updated) throw new ConversationNotFoundError(id);
    return updated;
  }

  /**
   * Adds items behind all others, as a turn of their own.
   *
   * @throws ConversationNotFoundError, TurnRunningError, ConversationTooLongError, or
   *   InvalidFieldError for a reference to nothing
   */
  async addItems(conversationId: string, added: readonly InputItem[]): Promise<ItemRecord[]> {
    const held = await this.claims.claim(conversationId, new AbortController());
    try {
      const { items, transcript } = held.history;
      const said = new Map(items.map((item) => [item.id, itemOf(item)]));
      const last = items.at(-1);
      const start = { turn: (last?.turn ?? 0) + 1, position: (last?.position ?? 0) + 1 };
      const written = newItems(resolveItems(added, said), start, this.ids);
      const { maxBytes } = this.settings.conversations;
      checkSize(sizeOfConversation(transcript.prompt, items, written), maxBytes);
      await this.claims.commit(held, { added: written });
      return written;
    } catch (error) {
      await this.claims.release(held);
      throw error;
    }
  }

  /**
   * A conversation of its own that begins with the same items, which are copied by the database.
   *
   * @param upTo the last item that it has; null takes all
   * @throws ConversationNotFoundError, ItemNotFoundError or ConversationTooLongError
   */
  async fork(id: string, upTo: string | null): Promise<ConversationRecord> {
    const found = await this.records.findExtent(id, upTo);
    if (!found) throw new ConversationNotFoundError(id);
    if (found.lastPosition === null && upTo !== null) throw new ItemNotFoundError(upTo);
    const { ttlSeconds, maxBytes } = this.settings.conversations;
    checkSize(sizeWith(found.prompt, found.items, found.contentBytes), maxBytes);
    const fork = this.ids.next('conv');
    const isMade = await this.records.copy(
      { from: id, to: fork, lastPosition: found.lastPosition ?? 0 },
      this.ids.next('item'),
      timesToLive(ttlSeconds),
    );
    if (!isMade) throw new ConversationNotFoundError(id);
    return this.get(fork);
  }

  /** @throws ConversationNotFoundError, TurnRunningError or ItemNotFoundError */
  async deleteItem(conversationId: string, itemId: string): Promise<ConversationRecord> {
    const held = await this.claims.claim(conversationId, new AbortController());
    try {
      if (!held.history.items.some(({ id }) => id === itemId)) throw new ItemNotFoundError(itemId);
      await this.claims.commit(held, { added: [], removed: { id: itemId } });
    } catch (error) {
      await this.claims.release(held);
      throw error;
    }
    return this.get(conversationId);
  }

  /** @throws ConversationNotFoundError */
  async get(id: string): Promise<ConversationRecord> {
    const found = await this.records.find(id);
    if (!found) throw new ConversationNotFoundError(id);
    return found;
  }

  /** @throws CursorNotFoundError */
  async list(params: PageQuery, filter: ConversationFilter): Promise<Page<ConversationRecord>> {
    const page = await this.records.page(params, filter);
    if (page === 'no-cursor') throw new CursorNotFoundError(params.after ?? '');
    return page;
  }

  /** @throws ItemNotFoundError */
  async getItem(conversationId: string, itemId: string): Promise<ItemRecord> {
    const found = await this.records.findItem(conversationId, itemId);
    if (!found) throw new ItemNotFoundError(itemId);
    return found;
  }

  /** @throws ConversationNotFoundError or CursorNotFoundError */
  async listItems(conversationId: string, params: PageQuery): Promise<Page<ItemRecord>> {
    const page = await this.records.pageItems(conversationId, params);
    if (page === null) throw new ConversationNotFoundError(conversationId);
    if (page === 'no-cursor') throw new CursorNotFoundError(params.after ?? '');
    return page;
  }
}
