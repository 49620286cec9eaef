import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { oneAtATime } from '../common/time/one-at-a-time.js';
import { Settings } from '../config/settings.js';
import { ExpiredRows } from '../database/expired-rows.js';
import { IdempotencyRepository } from './idempotency.repository.js';

/** Deletes records of keys a day after their calls; they are unknown from that time on anyway. */
@Injectable()
export class IdempotencyExpiryTask implements OnModuleInit {
  private readonly logger = new Logger(IdempotencyExpiryTask.name);

  constructor(
    private readonly records: IdempotencyRepository,
    private readonly expiredRows: ExpiredRows,
    private readonly settings: Settings,
    private readonly scheduler: SchedulerRegistry,
  ) {}

  onModuleInit(): void {
    const sweep = oneAtATime(() => this.sweep());
    const sweeps = setInterval(() => {
      sweep().catch((error: unknown) => {
        this.logger.error(`Records of keys could not be deleted: ${String(error)}`);
      });
    }, this.settings.conversations.expirySweepSeconds * 1_000);
    this.scheduler.addInterval('idempotency-expiry', sweeps);
  }

  /** @returns how many were deleted */
  async sweep(): Promise<number> {
    const deleted = await this.expiredRows.delete('idempotency records', (limit) =>
      this.records.deleteExpired(limit),
    );
    if (deleted > 0) this.logger.log({ event: 'idempotency.expired', count: deleted });
    return deleted;
  }
}
