import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../platform/time/clock.js';
import { PeriodicTasks } from '../platform/tasks/periodic-tasks.js';
import { Settings } from '../config/settings.js';
import { deleteInBatches } from '../platform/database/delete-in-batches.js';
import { ExpiredRows } from '../platform/database/expired-rows.js';
import { IdempotencyRepository } from './idempotency.repository.js';

/**
 * Deletes records of keys a day after their calls, from when on they are unknown anyway, and drops the
 * oldest answers beyond IDEMPOTENCY_MAX_BYTES. Their calls are still not done again.
 */
@Injectable()
export class IdempotencyExpiryTask implements OnModuleInit {
  private readonly logger = new Logger(IdempotencyExpiryTask.name);

  constructor(
    private readonly records: IdempotencyRepository,
    private readonly expiredRows: ExpiredRows,
    private readonly settings: Settings,
    private readonly tasks: PeriodicTasks,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const sweepMs = this.settings.conversations.expirySweepSeconds * 1_000;
    this.tasks.every(sweepMs, 'idempotency-expiry', () => this.sweep());
  }

  /** @returns how many were deleted */
  async sweep(): Promise<number> {
    const deleted = await this.expiredRows.delete('idempotency records', (limit) =>
      this.records.deleteExpired(limit),
    );
    if (deleted > 0) this.logger.log({ event: 'idempotency.expired', count: deleted });
    await this.dropOldest();
    return deleted;
  }

  private async dropOldest(): Promise<void> {
    const place = await this.records.findFirstBeyond(this.settings.idempotencyMaxBytes);
    if (!place) return;
    const dropped = await deleteInBatches(this.clock, (limit) =>
      this.records.dropAnswers(place, limit),
    );
    this.logger.warn({ event: 'idempotency.answers_dropped', count: dropped });
  }
}
