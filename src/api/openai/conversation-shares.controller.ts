import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import type { PageQuery } from '../../conversations/page.js';
import { Writes } from '../../rate-limit/writes.decorator.js';
import type { ShareOptions } from '../../sharing/share-options.js';
import { SharingService } from '../../sharing/sharing.service.js';
import { JsonBody } from './json-body.decorator.js';
import { PagePipe, toItemList, type ItemList } from './page.js';
import { SharePipe } from './pipes.js';
import { toShare, type ConversationShare } from './to-share.js';

/** Publishing a conversation as it is now, beyond OpenAI's own API. */
@Controller('v1/conversations/:id')
export class ConversationSharesController {
  constructor(private readonly sharing: SharingService) {}

  @Post('share')
  @Writes(true)
  @HttpCode(200)
  share(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @JsonBody(SharePipe) options: ShareOptions,
  ): Promise<ConversationShare> {
    return this.sharing.store(caller, id, options).then(toShare);
  }

  /** Also of a conversation that is gone: its shares may be there. */
  @Get('shares')
  list(
    @CurrentCaller() caller: Caller,
    @Param('id') conversationId: string,
    @Query(PagePipe) page: PageQuery,
  ): Promise<ItemList<ConversationShare>> {
    return this.sharing
      .list(caller, page, { conversationId })
      .then((found) => toItemList(found, toShare));
  }
}
