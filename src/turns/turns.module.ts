import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { UpstreamModule } from '../upstreams/upstream.module.js';
import { StatelessAnswersService } from './stateless-answers.service.js';
import { TurnEngine } from './turn-engine.js';
import { TurnsService } from './turns.service.js';
import { ContextWindowService } from './context-window.service.js';

/** Orchestration: who asks what, and what is kept of the answer. */
@Module({
  imports: [ConversationsModule, ProvidersModule, UpstreamModule],
  providers: [TurnEngine, TurnsService, StatelessAnswersService, ContextWindowService],
  exports: [TurnEngine, TurnsService, StatelessAnswersService, ContextWindowService],
})
export class TurnsModule {}
