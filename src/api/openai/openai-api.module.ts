import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { IdempotencyModule } from '../../idempotency/idempotency.module.js';
import { ResponsesModule } from '../../responses/responses.module.js';
import { SharingModule } from '../../sharing/sharing.module.js';
import { UpstreamModule } from '../../upstreams/upstream.module.js';
import { CompactionController } from './compaction.controller.js';
import { CompactionWriter } from './compaction.writer.js';
import { CompletionsController } from './completions.controller.js';
import { ConversationExtensionsController } from './conversation-extensions.controller.js';
import { ConversationItemsController } from './conversation-items.controller.js';
import { ConversationSharesController } from './conversation-shares.controller.js';
import { ForwardedAnswerWriter } from './forwarded-answer.writer.js';
import { ModelsController } from './models.controller.js';
import { NewConversationWriter } from './new-conversation.writer.js';
import { OpenAiErrorFormat } from './openai-error.format.js';
import { OpenAiConversationsController } from './openai-conversations.controller.js';
import { ResponseWriter } from './response.writer.js';
import { ResponsesController } from './responses.controller.js';

/** The OpenAI-compatible API, `/v1/*`. */
@Module({
  imports: [
    AuthModule,
    ConversationsModule,
    IdempotencyModule,
    ResponsesModule,
    SharingModule,
    UpstreamModule,
  ],
  // The router tries routes in this order, so the busiest come first.
  controllers: [
    CompletionsController,
    ResponsesController,
    CompactionController,
    ConversationItemsController,
    ConversationExtensionsController,
    ConversationSharesController,
    OpenAiConversationsController,
    ModelsController,
  ],
  providers: [
    ForwardedAnswerWriter,
    ResponseWriter,
    NewConversationWriter,
    CompactionWriter,
    OpenAiErrorFormat,
  ],
  exports: [OpenAiErrorFormat],
})
export class OpenAiApiModule {}
