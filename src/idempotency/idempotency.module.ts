import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { IdempotencyExpiryTask } from './idempotency-expiry.task.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { IdempotentCallsService } from './idempotent-calls.service.js';

/** Calls that are done once, however often they are sent. */
@Module({
  imports: [AuthModule],
  providers: [IdempotencyRepository, IdempotencyExpiryTask, IdempotentCallsService],
  exports: [IdempotentCallsService],
})
export class IdempotencyModule {}
