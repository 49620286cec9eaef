import { Injectable } from '@nestjs/common';
import { UnitOfWork, type Write } from '../platform/database/unit-of-work.js';
import { IdSource } from '../platform/ids/id-source.js';
import type { Caller } from '../auth/caller.js';
import { Settings } from '../config/settings.js';
import { ModelProviders } from '../providers/model-providers.js';
import type { ChatSettings, ConversationKind } from '../providers/transcript.js';
import { errorFor } from './claim-failure.js';
import { ConversationLimits, sizeOfConversation, sizeWith } from './conversation-size.js';
import {
  ClaimLostError,
  ConversationNotFoundError,
  CursorNotFoundError,
  DialogEmptyError,
  ItemNotFoundError,
} from './conversations.errors.js';
import {
  ConversationsRepository,
  type ConversationFilter,
  type ConversationRecord,
  type NewConversationRow,
} from './conversations.repository.js';
import { HistoryCache, memoryOf } from './history-cache.js';
import { historyOf, type History } from './history.js';
import { idleTimeMs, timesToLive } from './idle-time.js';
import { resolveItems, type InputItem } from './input-item.js';
import { conversationItemIds } from './conversation-item-ids.js';
import { newItems } from './item-factory.js';
import type { Page, PageQuery } from './page.js';
import { TurnClaimsRepository, type ConversationKey } from './turn-claims.repository.js';

/** What a caller decides about a new conversation. */
export interface NewConversation {
  /**
   * Absent is the `/v1` API's own: turbo without a prompt, which goes on with the model that it was
   * asked with last, and has an idle time of its own.
   */
  kind?: ConversationKind;
  /** Blank or absent is the kind's own. */
  prompt?: string | undefined;
  /** Not streamed unless said. */
  stream?: boolean | undefined;
  settings?: ChatSettings;
  /** Role play only. */
  humanName?: string;
  /** Role play only. */
  aiName?: string;
  metadata?: Readonly<Record<string, string>>;
  /** What is said in it from the beginning. */
  items?: readonly InputItem[];
  /** Its idle time, 0 for never; else V1_CONVERSATION_TTL_SECONDS, or CONVERSATION_TTL_SECONDS for a kind. */
  expiresAfterSeconds?: number | null;
}

/** A conversation at one moment. */
export interface Snapshot extends History {
  /** Of the last answer; null where it is not known. */
  lastModel: string | null;
}

/** The life of conversations, whichever API made them, apart from the turns in them. */
@Injectable()
export class ConversationsService {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly claims: TurnClaimsRepository,
    private readonly histories: HistoryCache,
    private readonly limits: ConversationLimits,
    private readonly providers: ModelProviders,
    private readonly ids: IdSource,
    private readonly settings: Settings,
  ) {}

  /**
   * @param recordAnswer adds what is written together with it
   * @throws ConversationTooLongError or InvalidFieldError
   */
  async create(
    caller: Caller,
    params: NewConversation,
    recordAnswer: ((unitOfWork: UnitOfWork, record: ConversationRecord) => void) | null = null,
  ): Promise<ConversationRecord> {
    const { metadata = {} } = params;
    const conversation = this.toRow(params);
    const { id, prompt, idleMs } = conversation;
    const said = resolveItems(params.items ?? [], new Map());
    const ids = conversationItemIds(this.ids, id);
    const items = newItems(said, { turn: 1, position: 1 }, ids);
    this.limits.check(sizeOfConversation(prompt, [], items));
    const createdAt = recordAnswer && (await this.conversations.readClock());
    const unitOfWork = new UnitOfWork();
    if (createdAt !== null) recordAnswer?.(unitOfWork, { id, createdAt, metadata });
    const created = await this.conversations.insert(
      caller,
      {
        conversation,
        metadata: params.metadata ? JSON.stringify(metadata) : null,
        items,
        timeToLiveMs: idleTimeMs(idleMs, this.settings.conversations.ttlSeconds, 0),
        createdAt,
      },
      unitOfWork,
    );
    if (!created) throw new ClaimLostError();
    // Made by the original API, it is asked next, and by this process if there is only one.
    if (params.kind) {
      this.histories.keep(keyOf(caller, id), { version: 0, items: [], bytes: memoryOf([], 0) });
    }
    return created;
  }

  /** @throws ConversationNotFoundError */
  async setMetadata(
    caller: Caller,
    id: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<ConversationRecord> {
    const updated = await this.conversations.updateMetadata(caller, id, JSON.stringify(metadata));
    if (!updated) throw new ConversationNotFoundError(id);
    return updated;
  }

  /**
   * A conversation of its own that begins with the same items, which are copied by the database.
   *
   * @param upTo the last item that it has; null takes all
   * @throws ConversationNotFoundError, ItemNotFoundError or ConversationTooLongError
   */
  async fork(caller: Caller, id: string, upTo: string | null): Promise<ConversationRecord> {
    const found = await this.conversations.findExtent(caller, id, upTo);
    if (!found) throw new ConversationNotFoundError(id);
    if (found.lastPosition === null && upTo !== null) throw new ItemNotFoundError(upTo);
    this.limits.check(sizeWith(found.prompt, found.items, found.contentBytes));
    const fork = this.ids.next('conv');
    const isMade = await this.conversations.copy(
      caller,
      { from: id, to: fork, lastPosition: found.lastPosition ?? 0 },
      conversationItemIds(this.ids, fork).next('item'),
      timesToLive(this.settings.conversations.ttlSeconds),
    );
    if (!isMade) throw new ConversationNotFoundError(id);
    return this.get(caller, fork);
  }

  /**
   * Takes away the last turn.
   *
   * @throws ConversationNotFoundError, TurnRunningError or DialogEmptyError
   */
  async rollback(caller: Caller, id: string): Promise<void> {
    this.histories.forget(keyOf(caller, id));
    const { ttlSeconds } = this.settings.conversations;
    const outcome = await this.conversations.removeLastTurn(caller, id, timesToLive(ttlSeconds));
    if (outcome === 'empty') {
      throw new DialogEmptyError({ detail: 'Failed to rollback, dialog is empty' });
    }
    if (outcome === 'not-free') throw await this.refusalOf(caller, id);
  }

  /**
   * Deletes the conversation.
   *
   * @param unitOfWork what is written with it
   * @throws ConversationNotFoundError or TurnRunningError
   */
  async finish(caller: Caller, id: string, unitOfWork: UnitOfWork): Promise<void> {
    this.histories.forget(keyOf(caller, id));
    if (await this.conversations.delete(caller, id, unitOfWork)) return;
    throw await this.refusalOf(caller, id);
  }

  /** @throws ConversationNotFoundError */
  async get(caller: Caller, id: string): Promise<ConversationRecord> {
    const found = await this.conversations.find(caller, id);
    if (!found) throw new ConversationNotFoundError(id);
    return found;
  }

  /** Whose keys it is asked with: its own, or those of where it was forked; its own where it is gone. */
  async getAffinity(caller: Caller, id: string): Promise<string> {
    return (await this.conversations.findAffinity(caller, id)) ?? id;
  }

  /** @throws CursorNotFoundError */
  async list(
    caller: Caller,
    params: PageQuery,
    filter: ConversationFilter,
  ): Promise<Page<ConversationRecord>> {
    const page = await this.conversations.page(caller, params, filter);
    if (page === 'no-cursor') throw new CursorNotFoundError(params.after ?? '');
    return page;
  }

  /** The last committed state, also while a turn runs. @throws ConversationNotFoundError */
  async getHistory(caller: Caller, id: string): Promise<History> {
    const found = await this.conversations.findWithItems(caller, id);
    if (!found) throw new ConversationNotFoundError(id);
    return historyOf(found);
  }

  /** The same to be kept, with who gave the last answer. @throws ConversationNotFoundError */
  async getSnapshot(caller: Caller, id: string): Promise<Snapshot> {
    const found = await this.conversations.findSnapshot(caller, id);
    if (!found) throw new ConversationNotFoundError(id);
    return { ...historyOf(found.stored), lastModel: found.lastModel };
  }

  /** A part of a write that comes about only while the conversation is there. */
  presence(caller: Caller, id: string): Write {
    return this.conversations.presence(caller, id);
  }

  /** The transcript as text. @throws ConversationNotFoundError */
  async getText(caller: Caller, id: string): Promise<string> {
    const { kind, transcript } = await this.getHistory(caller, id);
    return this.providers.of(kind).text(transcript);
  }

  /** What was said, in order. @throws ConversationNotFoundError */
  async getSentences(caller: Caller, id: string): Promise<string[]> {
    const { transcript } = await this.getHistory(caller, id);
    return transcript.sentences.map(({ text }) => text);
  }

  private toRow(params: NewConversation): NewConversationRow['conversation'] {
    const { kind, prompt = '', expiresAfterSeconds = null } = params;
    const { v1, models } = this.settings;
    const ttlSeconds = expiresAfterSeconds ?? (kind ? null : v1.conversationTtlSeconds);
    const isBlank = prompt.trim() === '';
    return {
      id: this.ids.next('conv'),
      kind: kind ?? 'turbo',
      prompt: isBlank && kind ? this.providers.of(kind).defaultPrompt : prompt,
      stream: params.stream ?? false,
      settings: params.settings ?? '',
      humanName: params.humanName ?? null,
      aiName: params.aiName ?? null,
      model: kind ? null : models.turbo,
      idleMs: ttlSeconds === null ? null : ttlSeconds * 1_000,
    };
  }

  private async refusalOf(caller: Caller, id: string): Promise<Error> {
    return errorFor(await this.claims.findClaimFailure(keyOf(caller, id)), id);
  }
}

function keyOf({ id: ownerId }: Caller, conversationId: string): ConversationKey {
  return { ownerId, conversationId };
}
