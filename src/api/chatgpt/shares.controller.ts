import { Controller, Delete, Get, Header, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { Public } from '../../platform/http/public.decorator.js';
import { Writes } from '../../rate-limit/writes.decorator.js';
import { SharingService } from '../../sharing/sharing.service.js';
import { ConversationHeader } from './conversation-header.decorator.js';
import { ShareFormatPipe, type ShareFormat } from './pipes/share-format.pipe.js';
import { ConversationIdPipe } from './pipes/text.pipes.js';
import { ShareWriter } from './share.writer.js';
import { TextPost } from './text-post.decorator.js';

/** Freezing a conversation, showing it to anyone who knows its id, and taking it back. */
@Controller('chatgpt')
export class SharesController {
  constructor(
    private readonly sharing: SharingService,
    private readonly shareWriter: ShareWriter,
  ) {}

  @TextPost('store')
  @Writes(true)
  store(
    @CurrentCaller() caller: Caller,
    @ConversationHeader(ConversationIdPipe) id: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    return this.sharing.store(caller, id).then((share) => {
      response.setHeader('share', share);
      return '保存成功';
    });
  }

  /** Published, so: no search engine lists it, no page it is opened in hears its id or acts for it. */
  @Get('share/:id')
  @Public(true)
  @Header('X-Robots-Tag', 'noindex')
  @Header('Referrer-Policy', 'no-referrer')
  @Header('Content-Security-Policy', "default-src 'none'")
  share(
    @Param('id') id: string,
    @Query('format', ShareFormatPipe) format: ShareFormat | undefined,
    @Res() response: Response,
  ): Promise<void> {
    return this.shareWriter.send(id, format, response);
  }

  @Delete('share/:id')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  @Writes(true)
  delete(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<string> {
    return this.sharing.delete(caller, id).then(() => 'Share deleted');
  }
}
