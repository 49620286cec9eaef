import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { Share } from './share.entity.js';
import { SharesRepository } from './shares.repository.js';
import { SharingService } from './sharing.service.js';

/** Frozen copies of conversations. */
@Module({
  imports: [ConversationsModule, TypeOrmModule.forFeature([Share])],
  providers: [SharesRepository, SharingService],
  exports: [SharingService],
})
export class SharingModule {}
