import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../common/time/clock.js';
import { Settings } from '../config/settings.js';
import { UpstreamService } from './upstream.service.js';

const dayMs = 86_400_000;
const warningDays = 60;

/** Warns at start when the upstream is about to shut down a model that the settings name. */
@Injectable()
export class ModelShutdownTask implements OnApplicationBootstrap {
  private readonly logger = new Logger(ModelShutdownTask.name);
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly upstream: UpstreamService,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** Not awaited: the service starts whether the upstream can be reached or not. */
  onApplicationBootstrap(): void {
    this.running = this.check().catch((error: unknown) => {
      this.logger.debug(`The upstream's models could not be listed: ${nameOf(error)}`);
    });
  }

  /** Resolves when the look at the start is over, whatever came of it. */
  finished(): Promise<void> {
    return this.running;
  }

  private async check(): Promise<void> {
    const { gpt3, turbo, gpt4 } = this.settings.models;
    const configured = new Set([gpt3, turbo, gpt4]);
    const soon = this.clock.now() + warningDays * dayMs;
    for (const { id, shutdownDate } of await this.upstream.listModels()) {
      if (shutdownDate === null || !configured.has(id) || Date.parse(shutdownDate) > soon) continue;
      this.logger.warn(
        `The upstream shuts down the model ${id} on ${shutdownDate}: name another one in GPT3_MODEL, TURBO_MODEL or GPT4_MODEL`,
      );
    }
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
