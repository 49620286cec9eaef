import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { SharesRepository } from './shares.repository.js';
import { SharingService } from './sharing.service.js';

/** Frozen copies of conversations. */
@Module({
  imports: [ConversationsModule],
  providers: [SharesRepository, SharingService],
  exports: [SharingService],
})
export class SharingModule {}
