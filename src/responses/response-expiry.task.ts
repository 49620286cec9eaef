import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Metrics } from '../platform/telemetry/metrics.js';
import { PeriodicTasks } from '../platform/tasks/periodic-tasks.js';
import { Settings } from '../config/settings.js';
import { ExpiredRows } from '../platform/database/expired-rows.js';
import { ResponsesRepository } from './responses.repository.js';

/** Deletes responses after RESPONSE_TTL_DAYS; they are unknown from that time on anyway. */
@Injectable()
export class ResponseExpiryTask implements OnModuleInit {
  private readonly logger = new Logger(ResponseExpiryTask.name);
  private readonly expired: Counter;

  constructor(
    private readonly responses: ResponsesRepository,
    private readonly expiredRows: ExpiredRows,
    private readonly settings: Settings,
    private readonly tasks: PeriodicTasks,
    metrics: Metrics,
  ) {
    this.expired = metrics.counter(
      'alice_responses_expired_total',
      'Responses that were deleted after their time',
    );
  }

  onModuleInit(): void {
    const sweepMs = this.settings.conversations.expirySweepSeconds * 1_000;
    this.tasks.every(sweepMs, 'response-expiry', () => this.sweep());
  }

  /** @returns how many were deleted */
  async sweep(): Promise<number> {
    const deleted = await this.expiredRows.delete('responses', (limit) =>
      this.responses.deleteExpired(limit),
    );
    this.expired.inc(deleted);
    if (deleted > 0) this.logger.log({ event: 'responses.expired', count: deleted });
    return deleted;
  }
}
