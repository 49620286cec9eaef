import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { TurnsModule } from '../turns/turns.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { MemoryResponseEvents } from './events/memory.response-events.js';
import { ResponseEvents } from './events/response-events.js';
import { ResponseExpiryTask } from './response-expiry.task.js';
import { ResponseGroundsService } from './response-grounds.service.js';
import { ResponseQuestionsService } from './response-questions.service.js';
import { ResponsesRepository } from './responses.repository.js';
import { ResponsesService } from './responses.service.js';
import { StoredResponsesService } from './stored-responses.service.js';

/** The stateful half of the OpenAI API, on top of chat completions. */
@Module({
  imports: [ConversationsModule, ProvidersModule, TurnsModule, UpstreamModule],
  providers: [
    { provide: ResponseEvents, useClass: MemoryResponseEvents },
    ResponsesRepository,
    ResponseGroundsService,
    ResponseQuestionsService,
    ResponsesService,
    StoredResponsesService,
    ResponseExpiryTask,
  ],
  exports: [ResponsesService, StoredResponsesService, ResponseExpiryTask],
})
export class ResponsesModule {}
