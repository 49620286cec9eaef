import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Metrics } from '../platform/telemetry/metrics.js';
import { PeriodicTasks } from '../platform/tasks/periodic-tasks.js';
import { Settings } from '../config/settings.js';
import { ExpiredRows } from '../platform/database/expired-rows.js';
import { SharesRepository } from './shares.repository.js';

/** Deletes shares after their time or SHARE_TTL_DAYS; they are unknown from that moment on anyway. */
@Injectable()
export class ShareExpiryTask implements OnModuleInit {
  private readonly logger = new Logger(ShareExpiryTask.name);
  private readonly expired: Counter;

  constructor(
    private readonly shares: SharesRepository,
    private readonly expiredRows: ExpiredRows,
    private readonly settings: Settings,
    private readonly tasks: PeriodicTasks,
    metrics: Metrics,
  ) {
    this.expired = metrics.counter(
      'alice_shares_expired_total',
      'Shares that were deleted after their time',
    );
  }

  onModuleInit(): void {
    const sweepMs = this.settings.conversations.expirySweepSeconds * 1_000;
    this.tasks.every(sweepMs, 'share-expiry', () => this.sweep());
  }

  /** @returns how many were deleted */
  async sweep(): Promise<number> {
    const deleted = await this.expiredRows.delete('shares', (limit) =>
      this.shares.deleteExpired(limit),
    );
    this.expired.inc(deleted);
    if (deleted > 0) this.logger.log({ event: 'shares.expired', count: deleted });
    return deleted;
  }
}
