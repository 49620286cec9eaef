import { setImmediate as otherWork } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import type { Item } from '../models/item.js';
import { IdSource } from '../platform/ids/id-source.js';
import { ConversationLimits, sizeOfConversation } from './conversation-size.js';
import { InvalidFieldError } from '../platform/errors/http.errors.js';
import {
  ConversationNotFoundError,
  ConversationTooLongError,
  CursorNotFoundError,
  ItemNotFoundError,
} from './conversations.errors.js';
import { resolveItems, type InputItem } from './input-item.js';
import { conversationItemIds, sharedOf } from './conversation-item-ids.js';
import { newItems } from './item-factory.js';
import { itemOf, toItem } from './item-mapper.js';
import { ItemsRepository, type ItemRecord, type ItemRow } from './items.repository.js';
import type { Page, PageQuery } from './page.js';
import { TurnClaimsService } from './turn-claims.service.js';

/** Conversations that are looked through for the items of one call; each may have 10,000 items. */
const mostLookedThrough = 16;

/** What was said and done in conversations, item by item. */
@Injectable()
export class ItemsService {
  constructor(
    private readonly items: ItemsRepository,
    private readonly claims: TurnClaimsService,
    private readonly limits: ConversationLimits,
    private readonly ids: IdSource,
  ) {}

  /**
   * Adds items behind all others, as a turn of their own.
   *
   * @throws ConversationNotFoundError, TurnRunningError, ConversationTooLongError, or
   *   InvalidFieldError for a reference to nothing
   */
  async add(
    caller: Caller,
    conversationId: string,
    added: readonly InputItem[],
  ): Promise<ItemRecord[]> {
    return this.claims.hold(caller, conversationId, new AbortController(), async (held) => {
      const { items, transcript } = held.history;
      const said = new Map(items.map((item) => [item.id, itemOf(item)]));
      const last = items.at(-1);
      const start = { turn: (last?.turn ?? 0) + 1, position: (last?.position ?? 0) + 1 };
      const ids = conversationItemIds(this.ids, conversationId);
      const written = newItems(resolveItems(added, said), start, ids);
      this.limits.check(sizeOfConversation(transcript.prompt, items, written));
      await this.claims.commit(held, { added: written });
      return written;
    });
  }

  /** @throws ConversationNotFoundError, TurnRunningError or ItemNotFoundError */
  async delete(caller: Caller, conversationId: string, itemId: string): Promise<void> {
    await this.claims.hold(caller, conversationId, new AbortController(), async (held) => {
      if (!held.history.items.some(({ id }) => id === itemId)) throw new ItemNotFoundError(itemId);
      await this.claims.commit(held, { added: [], removed: { id: itemId } });
    });
  }

  /** @throws ItemNotFoundError */
  async get(caller: Caller, conversationId: string, itemId: string): Promise<ItemRecord> {
    const found = await this.items.find(caller, conversationId, itemId);
    if (!found) throw new ItemNotFoundError(itemId);
    return found;
  }

  /** @throws ConversationNotFoundError or CursorNotFoundError */
  async list(caller: Caller, conversationId: string, params: PageQuery): Promise<Page<ItemRecord>> {
    const page = await this.items.page(caller, conversationId, params);
    if (page === null) throw new ConversationNotFoundError(conversationId);
    if (page === 'no-cursor') throw new CursorNotFoundError(params.after ?? '');
    return page;
  }

  /**
   * Items of any conversation of the caller's, by their ids. The ids of earlier versions do not say
   * where they stand: those are not found.
   *
   * @param maxBytes of all of them
   * @throws ConversationTooLongError when they have more, InvalidFieldError when they stand in too many
   *   conversations
   */
  async findAnywhere(
    caller: Caller,
    itemIds: readonly string[],
    maxBytes: number,
  ): Promise<ReadonlyMap<string, Item>> {
    const beginnings = [...new Set(itemIds.map(sharedOf))];
    const conversations = await this.items.findConversations(caller, beginnings);
    if (conversations.length > mostLookedThrough) throw standApart();
    const found = new Map<string, Item>();
    let leftBytes = maxBytes;
    for (const conversation of conversations) {
      const such = itemIds.filter((id) => sharedOf(id) === sharedOf(conversation));
      const read = await this.items.findSome(conversation, such, leftBytes);
      if (read === null) throw new ConversationTooLongError();
      leftBytes -= read.bytes;
      for (const row of read.rows) found.set(row.id, toItem(row));
      await otherWork();
    }
    return found;
  }

  /** Everything up to and with an item; nothing when that is gone. */
  listUpTo(caller: Caller, conversationId: string, itemId: string): Promise<ItemRow[]> {
    return this.items.findUpTo(caller, conversationId, itemId);
  }
}

function standApart(): InvalidFieldError {
  const detail = `The items that are referred to stand in more than ${mostLookedThrough} conversations`;
  return new InvalidFieldError('input', 'invalid_value', detail);
}
