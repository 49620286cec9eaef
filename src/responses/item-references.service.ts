import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { Settings } from '../config/settings.js';
import { ConversationTooLongError } from '../conversations/conversations.errors.js';
import type { InputItem } from '../conversations/input-item.js';
import { toItem } from '../conversations/item-mapper.js';
import { ItemsService } from '../conversations/items.service.js';
import type { Item } from '../models/item.js';
import { shownItems } from './output-items.js';
import { sharedOf } from './response-item-ids.js';
import type { PastItem } from '../turns/turn-context.js';
import { ResponsesRepository, type ResponseRecord } from './responses.repository.js';

/** Finds what a caller refers to by id in place of sending it again. */
@Injectable()
export class ItemReferencesService {
  private readonly mostBytes: number;

  constructor(
    private readonly responses: ResponsesRepository,
    private readonly items: ItemsService,
    { conversations, v1 }: Settings,
  ) {
    this.mostBytes = 4 * Math.max(conversations.maxBytes, v1.maxBodyBytes);
  }

  /**
   * The items that a question may refer to, by their ids: those of what it builds on, and those that it
   * names of any stored response and of any conversation.
   *
   * @throws ConversationTooLongError where too much would be read for them, InvalidFieldError where they
   *   stand in too many conversations
   */
  async find(
    caller: Caller,
    input: readonly InputItem[],
    past: readonly PastItem[],
  ): Promise<ReadonlyMap<string, Item>> {
    const known = new Map(past.map(({ id, item }) => [id, item]));
    const missing = input.flatMap((given) =>
      'reference' in given && !known.has(given.reference) ? [given.reference] : [],
    );
    if (missing.length === 0) return known;
    const shared = [...new Set(missing.map(sharedOf))];
    const found = await this.responses.findBeginning(caller, shared, this.mostBytes);
    if (found === null) throw new ConversationTooLongError();
    for (const [id, item] of found.flatMap(itemsOf)) known.set(id, item);
    const left = missing.filter((id) => !known.has(id));
    if (left.length === 0) return known;
    const standing = await this.items.findAnywhere(caller, left, this.mostBytes);
    for (const [id, item] of standing) known.set(id, item);
    return known;
  }
}

function itemsOf({ body, origins, input }: ResponseRecord): [string, Item][] {
  const asked = input.map((record): [string, Item] => [record.id, toItem(record)]);
  return [...asked, ...shownItems(body, origins)];
}
