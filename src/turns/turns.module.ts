import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { UpstreamModule } from '../upstreams/upstream.module.js';
import { CompactionSeal } from './compaction-seal.js';
import { CompactionsService } from './compactions.service.js';
import { StatelessAnswersService } from './stateless-answers.service.js';
import { TurnEngine } from './turn-engine.js';
import { TurnsService } from './turns.service.js';
import { ContextWindowService } from './context-window.service.js';

/** Orchestration: who asks what, and what is kept of the answer. */
@Module({
  imports: [ConversationsModule, KeysModule, ProvidersModule, UpstreamModule],
  providers: [
    TurnEngine,
    TurnsService,
    StatelessAnswersService,
    ContextWindowService,
    CompactionSeal,
    CompactionsService,
  ],
  exports: [
    TurnEngine,
    TurnsService,
    StatelessAnswersService,
    ContextWindowService,
    CompactionsService,
  ],
})
export class TurnsModule {}
