import { Controller, Get, HttpCode, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { ListGuard } from '../../auth/list.guard.js';
import type { Response } from 'express';
import type { Conversation } from 'openai/resources/conversations/conversations';
import { Public } from '../../platform/http/public.decorator.js';
import type { ConversationFilter } from '../../conversations/conversations.repository.js';
import { ConversationsService } from '../../conversations/conversations.service.js';
import type { PageQuery } from '../../conversations/page.js';
import { CallsModel } from '../../platform/lifecycle/calls-model.decorator.js';
import { Writes } from '../../rate-limit/writes.decorator.js';
import { ResponsesService, type RegenerateParams } from '../../responses/responses.service.js';
import { JsonBody } from './json-body.decorator.js';
import { ConversationFilterPipe, PagePipe, toItemList, type ItemList } from './page.js';
import { ForkPipe, RegeneratePipe } from './pipes.js';
import { ResponseWriter } from './response.writer.js';
import { toConversation } from './to-conversation.js';

/** What can be done with conversations beyond OpenAI's own API. */
@Controller('v1/conversations')
export class ConversationExtensionsController {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly responses: ResponsesService,
    private readonly writer: ResponseWriter,
  ) {}

  /** Its own guard lets callers in, and fewer than the others do. */
  @Get()
  @Public(true)
  @UseGuards(ListGuard)
  list(
    @CurrentCaller() caller: Caller,
    @Query(PagePipe) page: PageQuery,
    @Query(ConversationFilterPipe) filter: ConversationFilter,
  ): Promise<ItemList<Conversation>> {
    return this.conversations
      .list(caller, page, filter)
      .then((found) => toItemList(found, toConversation));
  }

  @Post(':id/fork')
  @Writes(true)
  @HttpCode(200)
  fork(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @JsonBody(ForkPipe) upTo: string | null,
  ): Promise<Conversation> {
    return this.conversations.fork(caller, id, upTo).then(toConversation);
  }

  @Post(':id/regenerate')
  @HttpCode(200)
  @CallsModel(true)
  regenerate(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @JsonBody(RegeneratePipe) params: RegenerateParams,
    @Res() response: Response,
  ): Promise<void> {
    return this.writer.send(response, params.stream, (call) =>
      this.responses.regenerate(caller, id, params, call),
    );
  }

  @Post(':id/rollback')
  @Writes(true)
  @HttpCode(200)
  rollback(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<Conversation> {
    return this.conversations
      .rollback(caller, id)
      .then(() => this.conversations.get(caller, id))
      .then(toConversation);
  }
}
