import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Metrics } from '../platform/telemetry/metrics.js';
import { PeriodicTasks } from '../platform/tasks/periodic-tasks.js';
import { Settings } from '../config/settings.js';
import { ExpiredRows } from '../platform/database/expired-rows.js';
import { NoncesRepository } from './nonces.repository.js';

const dayMs = 86_400_000;
const intervalMs = 600_000;

/** Forgets uuids after NONCE_RETENTION_DAYS. */
@Injectable()
export class NonceCleanupTask implements OnModuleInit {
  private readonly logger = new Logger(NonceCleanupTask.name);
  private readonly expired: Counter;

  constructor(
    private readonly nonces: NoncesRepository,
    private readonly expiredRows: ExpiredRows,
    private readonly settings: Settings,
    private readonly tasks: PeriodicTasks,
    metrics: Metrics,
  ) {
    this.expired = metrics.counter(
      'alice_nonces_expired_total',
      'Used uuids that were forgotten after their time',
    );
  }

  onModuleInit(): void {
    this.tasks.every(intervalMs, 'nonce-cleanup', () => this.sweep());
  }

  /** @returns how many were forgotten */
  async sweep(): Promise<number> {
    const { nonceRetentionDays } = this.settings.auth;
    if (nonceRetentionDays === 0) return 0;
    const deleted = await this.expiredRows.delete('nonces', (limit) =>
      this.nonces.deleteOlderThan(nonceRetentionDays * dayMs, limit),
    );
    this.expired.inc(deleted);
    if (deleted > 0) this.logger.log({ event: 'nonces.deleted', count: deleted });
    return deleted;
  }
}
