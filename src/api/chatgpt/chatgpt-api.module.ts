import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { Settings } from '../../config/settings.js';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { IdempotencyModule } from '../../idempotency/idempotency.module.js';
import { SharingModule } from '../../sharing/sharing.module.js';
import { TurnsModule } from '../../turns/turns.module.js';
import { SharePageModule } from '../pages/share/share-page.module.js';
import { AnswerWriter } from './answer.writer.js';
import { ChatgptErrorFormat } from './chatgpt-error.format.js';
import { ConversationsController } from './conversations.controller.js';
import { StatelessAnswersController } from './stateless-answers.controller.js';
import { ShareWriter } from './share.writer.js';
import { SharesController } from './shares.controller.js';
import { TurnsController } from './turns.controller.js';

/** The original API: plain text, `/chatgpt/*`. */
@Module({
  imports: [
    AuthModule,
    ConversationsModule,
    TurnsModule,
    SharingModule,
    SharePageModule,
    IdempotencyModule,
  ],
  // The router tries routes in this order, so the busiest come first.
  controllers: [
    TurnsController,
    StatelessAnswersController,
    ConversationsController,
    SharesController,
  ],
  providers: [
    AnswerWriter,
    ShareWriter,
    {
      provide: ChatgptErrorFormat,
      inject: [Settings],
      useFactory: ({ http }: Settings) => new ChatgptErrorFormat(http.legacyStatusCodes),
    },
  ],
  exports: [ChatgptErrorFormat],
})
export class ChatgptApiModule {}
