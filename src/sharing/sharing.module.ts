import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { RateLimitModule } from '../rate-limit/rate-limit.module.js';
import { ShareExpiryTask } from './share-expiry.task.js';
import { ShareLocks } from './share-locks.js';
import { SharesRepository } from './shares.repository.js';
import { SharingService } from './sharing.service.js';

/** Frozen copies of conversations. */
@Module({
  imports: [ConversationsModule, KeysModule, RateLimitModule],
  providers: [SharesRepository, ShareLocks, SharingService, ShareExpiryTask],
  exports: [SharingService],
})
export class SharingModule {}
