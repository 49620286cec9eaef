import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Metrics } from '../platform/telemetry/metrics.js';
import { PeriodicTasks } from '../platform/tasks/periodic-tasks.js';
import { Settings } from '../config/settings.js';
import { ExpiredRows } from '../platform/database/expired-rows.js';
import { ConversationsRepository } from './conversations.repository.js';

/** Deletes conversations past their time; they are unknown to everyone from that time on anyway. */
@Injectable()
export class ConversationExpiryTask implements OnModuleInit {
  private readonly logger = new Logger(ConversationExpiryTask.name);
  private readonly expired: Counter;

  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly expiredRows: ExpiredRows,
    private readonly settings: Settings,
    private readonly tasks: PeriodicTasks,
    metrics: Metrics,
  ) {
    this.expired = metrics.counter(
      'alice_conversations_expired_total',
      'Conversations that were deleted after their time',
    );
  }

  onModuleInit(): void {
    const sweepMs = this.settings.conversations.expirySweepSeconds * 1_000;
    this.tasks.every(sweepMs, 'conversation-expiry', () => this.sweep());
  }

  /** @returns how many were deleted */
  async sweep(): Promise<number> {
    const deleted = await this.expiredRows.delete('conversations', (limit) =>
      this.conversations.deleteExpired(limit),
    );
    this.expired.inc(deleted);
    if (deleted > 0) this.logger.log({ event: 'conversations.expired', count: deleted });
    return deleted;
  }
}
