import { Module } from '@nestjs/common';
import { ProvidersModule } from '../providers/providers.module.js';
import { ConversationExpiryTask } from './conversation-expiry.task.js';
import { ConversationLimits } from './conversation-size.js';
import { ConversationsRepository } from './conversations.repository.js';
import { ConversationsService } from './conversations.service.js';
import { HistoryCache } from './history-cache.js';
import { ItemsRepository } from './items.repository.js';
import { ItemsService } from './items.service.js';
import { TurnClaimsRepository } from './turn-claims.repository.js';
import { TurnClaimsService } from './turn-claims.service.js';
import { TurnOutcomesService } from './turn-outcomes.service.js';

/** The state of conversations: what they are, what was said, who is taking a turn, when they expire. */
@Module({
  imports: [ProvidersModule],
  providers: [
    ConversationsRepository,
    ConversationsService,
    ItemsRepository,
    ItemsService,
    TurnClaimsRepository,
    TurnClaimsService,
    TurnOutcomesService,
    HistoryCache,
    ConversationLimits,
    ConversationExpiryTask,
  ],
  exports: [
    ConversationsService,
    ItemsService,
    TurnClaimsService,
    ConversationLimits,
    ConversationExpiryTask,
  ],
})
export class ConversationsModule {}
