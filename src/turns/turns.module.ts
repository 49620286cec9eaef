import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { OneOffService } from './one-off.service.js';
import { TurnsService } from './turns.service.js';
import { WindowsService } from './windows.service.js';

/** Orchestration: who asks what, and what is kept of the answer. */
@Module({
  imports: [ConversationsModule, ProvidersModule, UpstreamModule],
  providers: [TurnsService, OneOffService, WindowsService],
  exports: [TurnsService, OneOffService, WindowsService],
})
export class TurnsModule {}
