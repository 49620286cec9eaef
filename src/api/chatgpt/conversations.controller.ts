import { Controller } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { TextBody } from '../../platform/http/text-body.js';
import { ConversationsService } from '../../conversations/conversations.service.js';
import type { ChatSettings } from '../../providers/transcript.js';
import { Writes } from '../../rate-limit/writes.decorator.js';
import { SharingService } from '../../sharing/sharing.service.js';
import { ConversationHeader } from './conversation-header.decorator.js';
import type { CreateConversationDto } from './dto/create-conversation.dto.js';
import type { CreateRolePlayDto } from './dto/create-role-play.dto.js';
import { CreateConversationPipe } from './pipes/create-conversation.pipe.js';
import { CreateRolePlayPipe } from './pipes/create-role-play.pipe.js';
import {
  ChatSettingsPipe,
  ConversationIdPipe,
  SharesHeaderPipe,
  StreamHeaderPipe,
} from './pipes/text.pipes.js';
import { RequestHeader } from './request-header.decorator.js';
import { TextPost } from './text-post.decorator.js';

/** Making, reading, shortening and ending conversations. */
@Controller('chatgpt')
export class ConversationsController {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly sharing: SharingService,
  ) {}

  @TextPost('create')
  @Writes(true)
  create(
    @CurrentCaller() caller: Caller,
    @RequestHeader('settings', ChatSettingsPipe) settings: ChatSettings,
    @RequestHeader('stream', StreamHeaderPipe) stream: boolean,
    @TextBody() prompt: string,
  ): Promise<string> {
    return this.conversations.create(caller, { kind: 'gpt3', settings, stream, prompt }).then(toId);
  }

  @TextPost('createTurbo')
  @Writes(true)
  createTurbo(
    @CurrentCaller() caller: Caller,
    @TextBody(CreateConversationPipe) { prompt, stream }: CreateConversationDto,
  ): Promise<string> {
    return this.conversations.create(caller, { kind: 'turbo', prompt, stream }).then(toId);
  }

  @TextPost('createGPT4')
  @Writes(true)
  createGpt4(
    @CurrentCaller() caller: Caller,
    @TextBody(CreateConversationPipe) { prompt, stream }: CreateConversationDto,
  ): Promise<string> {
    return this.conversations.create(caller, { kind: 'gpt4', prompt, stream }).then(toId);
  }

  @TextPost('createRolePlay')
  @Writes(true)
  createRolePlay(
    @CurrentCaller() caller: Caller,
    @TextBody(CreateRolePlayPipe)
    { human_name: humanName, ai_name: aiName, prompt, stream }: CreateRolePlayDto,
  ): Promise<string> {
    return this.conversations
      .create(caller, { kind: 'role-play', humanName, aiName, prompt, stream })
      .then(toId);
  }

  @TextPost('rollback')
  @Writes(true)
  rollback(
    @CurrentCaller() caller: Caller,
    @ConversationHeader(ConversationIdPipe) id: string,
  ): Promise<string> {
    return this.conversations.rollback(caller, id).then(() => 'Rollback Succeeded');
  }

  @TextPost('context')
  context(
    @CurrentCaller() caller: Caller,
    @ConversationHeader(ConversationIdPipe) id: string,
  ): Promise<string> {
    return this.conversations.getText(caller, id);
  }

  @TextPost('contextArray', 'application/json; charset=utf-8')
  contextArray(
    @CurrentCaller() caller: Caller,
    @ConversationHeader(ConversationIdPipe) id: string,
  ): Promise<string[]> {
    return this.conversations.getSentences(caller, id);
  }

  @TextPost('finish')
  @Writes(true)
  finish(
    @CurrentCaller() caller: Caller,
    @ConversationHeader(ConversationIdPipe) id: string,
    @RequestHeader('shares', SharesHeaderPipe) isWithShares: boolean,
  ): Promise<string> {
    return this.sharing.finish(caller, id, isWithShares).then(() => 'Conversation finished');
  }
}

function toId({ id }: { id: string }): string {
  return id;
}
