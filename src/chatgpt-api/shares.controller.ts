import { Controller, Get, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Public } from '../auth/public.decorator.js';
import { SharingService } from '../sharing/sharing.service.js';
import { toShareDto, type ShareDto } from './dto/share.dto.js';
import { ConversationIdPipe } from './pipes/text.pipes.js';
import { RequestHeader } from './request-header.decorator.js';
import { TextPost } from './text-post.decorator.js';

/** Freezing a conversation, and showing it to anyone who knows its id. */
@Controller('chatgpt')
export class SharesController {
  constructor(private readonly sharing: SharingService) {}

  @TextPost('store')
  store(
    @RequestHeader('conversation', ConversationIdPipe) id: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    return this.sharing.store(id).then((share) => {
      response.setHeader('share', share);
      return '保存成功';
    });
  }

  @Get('share/:id')
  @Public(true)
  share(@Param('id') id: string): Promise<ShareDto> {
    return this.sharing.get(id).then((shared) => toShareDto(id, shared));
  }
}
