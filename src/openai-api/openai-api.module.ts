import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { RateLimitModule } from '../rate-limit/rate-limit.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { CompletionsController } from './completions.controller.js';
import { ConversationItemsController } from './conversation-items.controller.js';
import { ForwardedAnswerWriter } from './forwarded-answer.writer.js';
import { ModelsController } from './models.controller.js';
import { OpenAiConversationsController } from './openai-conversations.controller.js';

/** Door 2: the OpenAI-compatible API, `/v1/*`. */
@Module({
  imports: [ConversationsModule, RateLimitModule, UpstreamModule],
  // The router tries routes in this order, so the busiest come first.
  controllers: [
    CompletionsController,
    ConversationItemsController,
    OpenAiConversationsController,
    ModelsController,
  ],
  providers: [ForwardedAnswerWriter],
})
export class OpenAiApiModule {}
