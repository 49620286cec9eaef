import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { oneAtATime } from '../platform/tasks/one-at-a-time.js';
import { Settings } from '../config/settings.js';
import { ResponsesRepository } from './responses.repository.js';

/** At one time: their bodies are read for it. */
const batchSize = 50;

/** Writes down what every reader sees anyway: responses whose process is gone have failed. */
@Injectable()
export class AbandonedResponsesTask implements OnModuleInit {
  private readonly logger = new Logger(AbandonedResponsesTask.name);

  constructor(
    private readonly responses: ResponsesRepository,
    private readonly settings: Settings,
    private readonly scheduler: SchedulerRegistry,
  ) {}

  onModuleInit(): void {
    const intervalMs = this.settings.conversations.expirySweepSeconds * 1_000;
    const sweep = oneAtATime(() => this.sweep());
    const sweeps = setInterval(() => {
      sweep().catch((error: unknown) => {
        this.logger.error(`Abandoned responses could not be written down: ${String(error)}`);
      });
    }, intervalMs);
    this.scheduler.addInterval('abandoned-responses', sweeps);
  }

  /** @returns how many there were */
  async sweep(): Promise<number> {
    let failed = 0;
    for (;;) {
      const batch = await this.responses.failAbandoned(batchSize);
      failed += batch;
      if (batch < batchSize) break;
    }
    return failed;
  }
}
