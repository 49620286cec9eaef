import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { ShareExpiryTask } from './share-expiry.task.js';
import { SharesRepository } from './shares.repository.js';
import { SharingService } from './sharing.service.js';

/** Frozen copies of conversations. */
@Module({
  imports: [ConversationsModule],
  providers: [SharesRepository, SharingService, ShareExpiryTask],
  exports: [SharingService],
})
export class SharingModule {}
