import { Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import type { Conversation } from 'openai/resources/conversations/conversations';
import type { ConversationItem } from 'openai/resources/conversations/items';
import { ConversationsService } from '../../conversations/conversations.service.js';
import type { InputItem } from '../../conversations/input-item.js';
import { ItemsService } from '../../conversations/items.service.js';
import type { PageQuery } from '../../conversations/page.js';
import { Writes } from '../../rate-limit/writes.decorator.js';
import { toOpenAiItem } from '../../responses/openai-item.js';
import { JsonBody } from './json-body.decorator.js';
import { PagePipe, toItemList, type ItemList } from './page.js';
import { NewItemsPipe } from './pipes.js';
import { toConversation } from './to-conversation.js';

/** What was said and done in a conversation, item by item. */
@Controller('v1/conversations/:conversation/items')
export class ConversationItemsController {
  constructor(
    private readonly items: ItemsService,
    private readonly conversations: ConversationsService,
  ) {}

  @Post()
  @Writes(true)
  @HttpCode(200)
  create(
    @CurrentCaller() caller: Caller,
    @Param('conversation') conversationId: string,
    @JsonBody(NewItemsPipe) added: InputItem[],
  ): Promise<ItemList<ConversationItem>> {
    return this.items
      .add(caller, conversationId, added)
      .then((entries) => toItemList({ entries, hasMore: false }, toOpenAiItem));
  }

  @Get()
  list(
    @CurrentCaller() caller: Caller,
    @Param('conversation') conversationId: string,
    @Query(PagePipe) page: PageQuery,
  ): Promise<ItemList<ConversationItem>> {
    return this.items
      .list(caller, conversationId, page)
      .then((items) => toItemList(items, toOpenAiItem));
  }

  @Get(':item')
  retrieve(
    @CurrentCaller() caller: Caller,
    @Param('conversation') conversationId: string,
    @Param('item') itemId: string,
  ): Promise<ConversationItem> {
    return this.items.get(caller, conversationId, itemId).then(toOpenAiItem);
  }

  @Delete(':item')
  @Writes(true)
  delete(
    @CurrentCaller() caller: Caller,
    @Param('conversation') conversationId: string,
    @Param('item') itemId: string,
  ): Promise<Conversation> {
    return this.items
      .delete(caller, conversationId, itemId)
      .then(() => this.conversations.get(caller, conversationId))
      .then(toConversation);
  }
}
