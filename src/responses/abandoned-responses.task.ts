import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PeriodicTasks } from '../platform/tasks/periodic-tasks.js';
import { Settings } from '../config/settings.js';
import { ResponsesRepository } from './responses.repository.js';

/** At one time: their bodies are read for it. */
const batchSize = 50;

/** Writes down what every reader sees anyway: responses whose process is gone have failed. */
@Injectable()
export class AbandonedResponsesTask implements OnModuleInit {
  constructor(
    private readonly responses: ResponsesRepository,
    private readonly settings: Settings,
    private readonly tasks: PeriodicTasks,
  ) {}

  onModuleInit(): void {
    const sweepMs = this.settings.conversations.expirySweepSeconds * 1_000;
    this.tasks.every(sweepMs, 'abandoned-responses', () => this.sweep());
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
