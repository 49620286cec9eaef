import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { ItemReferencesService } from './item-references.service.js';

/** The stateful half of the OpenAI API, on top of chat completions. */
@Module({
  imports: [ConversationsModule],
  providers: [ItemReferencesService],
  exports: [ItemReferencesService],
})
export class ResponsesModule {}
