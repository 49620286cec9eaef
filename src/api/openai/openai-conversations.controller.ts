import { Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import type { Response } from 'express';
import type {
  Conversation,
  ConversationDeletedResource,
} from 'openai/resources/conversations/conversations';
import {
  ConversationsService,
  type NewConversation,
} from '../../conversations/conversations.service.js';
import { Writes } from '../../rate-limit/writes.decorator.js';
import { SharingService } from '../../sharing/sharing.service.js';
import { JsonBody } from './json-body.decorator.js';
import { NewConversationWriter } from './new-conversation.writer.js';
import { ConversationMetadataPipe, DeleteSharesPipe, NewConversationPipe } from './pipes.js';
import { toConversation } from './to-conversation.js';

/** Conversations as things with metadata, whichever API made them. */
@Controller('v1/conversations')
export class OpenAiConversationsController {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly sharing: SharingService,
    private readonly writer: NewConversationWriter,
  ) {}

  @Post()
  @Writes(true)
  @HttpCode(200)
  create(
    @CurrentCaller() caller: Caller,
    @JsonBody(NewConversationPipe) params: NewConversation,
    @Res() response: Response,
  ): Promise<void> {
    return this.writer.send(caller, 'POST /v1/conversations', params, response);
  }

  @Get(':id')
  retrieve(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<Conversation> {
    return this.conversations.get(caller, id).then(toConversation);
  }

  @Post(':id')
  @Writes(true)
  @HttpCode(200)
  update(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @JsonBody(ConversationMetadataPipe) metadata: Record<string, string>,
  ): Promise<Conversation> {
    return this.conversations.setMetadata(caller, id, metadata).then(toConversation);
  }

  @Delete(':id')
  @Writes(true)
  delete(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query(DeleteSharesPipe) isWithShares: boolean,
  ): Promise<ConversationDeletedResource> {
    return this.sharing
      .finish(caller, id, isWithShares)
      .then(() => ({ id, object: 'conversation.deleted', deleted: true }));
  }
}
