import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Settings } from '../config/settings.js';
import { deleteInBatches } from '../database/delete-in-batches.js';
import { ResponsesRepository } from './responses.repository.js';

/** Deletes responses after RESPONSE_TTL_DAYS; they are unknown from that time on anyway. */
@Injectable()
export class ResponseExpiryTask implements OnModuleInit {
  private readonly logger = new Logger(ResponseExpiryTask.name);

  constructor(
    private readonly responses: ResponsesRepository,
    private readonly settings: Settings,
    private readonly scheduler: SchedulerRegistry,
  ) {}

  onModuleInit(): void {
    const intervalMs = this.settings.conversations.expirySweepSeconds * 1_000;
    const sweeps = setInterval(() => {
      this.sweep().catch((error: unknown) => {
        this.logger.error(`Expired responses could not be deleted: ${String(error)}`);
      });
    }, intervalMs);
    this.scheduler.addInterval('response-expiry', sweeps);
  }

  /** @returns how many were deleted */
  async sweep(): Promise<number> {
    const deleted = await deleteInBatches((limit) => this.responses.deleteExpired(limit));
    if (deleted > 0) this.logger.log({ event: 'responses.expired', count: deleted });
    return deleted;
  }
}
