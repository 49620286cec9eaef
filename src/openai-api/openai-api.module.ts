import { Module } from '@nestjs/common';
import { RateLimitModule } from '../rate-limit/rate-limit.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { CompletionsController } from './completions.controller.js';
import { ForwardedAnswerWriter } from './forwarded-answer.writer.js';
import { ModelsController } from './models.controller.js';

/** Door 2: the OpenAI-compatible API, `/v1/*`. */
@Module({
  imports: [RateLimitModule, UpstreamModule],
  controllers: [CompletionsController, ModelsController],
  providers: [ForwardedAnswerWriter],
})
export class OpenAiApiModule {}
