import { Module } from '@nestjs/common';
import { ProvidersModule } from '../providers/providers.module.js';
import { ConversationExpiryTask } from './conversation-expiry.task.js';
import { ConversationRecordsRepository } from './conversation-records.repository.js';
import { ConversationRecordsService } from './conversation-records.service.js';
import { ConversationsRepository } from './conversations.repository.js';
import { ConversationsService } from './conversations.service.js';
import { HistoryCache } from './history-cache.js';
import { TurnClaimsService } from './turn-claims.service.js';
import { TurnOutcomesService } from './turn-outcomes.service.js';

/** The state of conversations: what they are, what was said, who is taking a turn, when they expire. */
@Module({
  imports: [ProvidersModule],
  providers: [
    ConversationsRepository,
    ConversationRecordsRepository,
    ConversationRecordsService,
    ConversationsService,
    HistoryCache,
    TurnClaimsService,
    TurnOutcomesService,
    ConversationExpiryTask,
  ],
  exports: [
    ConversationsService,
    ConversationRecordsService,
    TurnClaimsService,
    ConversationExpiryTask,
  ],
})
export class ConversationsModule {}
