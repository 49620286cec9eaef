import {
  Controller,
  Delete,
  Get,
  Header,
  Param,
  Post,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { Response } from 'express';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { ListGuard } from '../../auth/list.guard.js';
import type { PageQuery } from '../../conversations/page.js';
import { Public } from '../../platform/http/public.decorator.js';
import { TextBody } from '../../platform/http/text-body.js';
import { Writes } from '../../rate-limit/writes.decorator.js';
import type { SharePassword } from '../../sharing/share-locks.js';
import type { ShareOptions } from '../../sharing/share-options.js';
import { SharingService } from '../../sharing/sharing.service.js';
import { ConversationHeader } from './conversation-header.decorator.js';
import { toSharePageDto, type SharePageDto } from './dto/share.dto.js';
import { ShareFormatPipe, type ShareFormat } from './pipes/share-format.pipe.js';
import { SharePagePipe } from './pipes/share-page.pipe.js';
import { SharePasswordFormPipe } from './pipes/share-password-form.pipe.js';
import { StoreSharePipe } from './pipes/store-share.pipe.js';
import { ConversationIdPipe } from './pipes/text.pipes.js';
import { PasswordOfShare } from './share-password.decorator.js';
import { ShareWriter } from './share.writer.js';
import { TextPost } from './text-post.decorator.js';

/** Freezing a conversation, showing it to anyone who knows its id, listing and taking back. */
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
    @TextBody(StoreSharePipe) options: ShareOptions,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    return this.sharing.store(caller, id, options).then((share) => {
      response.setHeader('share', share.id);
      return '保存成功';
    });
  }

  /** Its own guard lets callers in, and fewer than the others do. */
  @Get('share')
  @Public(true)
  @UseGuards(ListGuard)
  list(
    @CurrentCaller() caller: Caller,
    @Query(SharePagePipe) page: PageQuery,
  ): Promise<SharePageDto> {
    return this.sharing.list(caller, page, { conversationId: null }).then(toSharePageDto);
  }

  /** Published, so: no search engine lists it, no page it is opened in hears its id or acts for it. */
  @Get('share/:id')
  @Public(true)
  @Header('X-Robots-Tag', 'noindex')
  @Header('Referrer-Policy', 'no-referrer')
  @Header('Content-Security-Policy', "default-src 'none'")
  share(
    @Param('id') id: string,
    @PasswordOfShare() password: SharePassword | undefined,
    @Query('format', ShareFormatPipe) format: ShareFormat | undefined,
    @Res() response: Response,
  ): Promise<void> {
    return this.shareWriter.send({ id, password }, format, response);
  }

  /** What the form of a share's page sends. */
  @Post('share/:id')
  @Public(true)
  @Header('X-Robots-Tag', 'noindex')
  @Header('Referrer-Policy', 'no-referrer')
  @Header('Content-Security-Policy', "default-src 'none'")
  unlock(
    @Param('id') id: string,
    @TextBody(SharePasswordFormPipe) password: string,
    @Res() response: Response,
  ): Promise<void> {
    return this.shareWriter.unlock(id, password, response);
  }

  @Delete('share/:id')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  @Writes(true)
  delete(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<string> {
    return this.sharing.delete(caller, id).then(() => 'Share deleted');
  }
}
