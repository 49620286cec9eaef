import { Injectable, Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { repeat } from './repeat.js';

/** Work that is done again and again until the service stops, one run at a time. */
@Injectable()
export class PeriodicTasks {
  private readonly logger = new Logger(PeriodicTasks.name);

  constructor(private readonly scheduler: SchedulerRegistry) {}

  /**
   * Does work every so often, first after that time. A run that fails is logged.
   *
   * @param name unique in the service
   */
  every(intervalMs: number, name: string, work: () => unknown): void {
    const task = repeat(intervalMs, work, (error) => {
      this.logger.error({ event: 'task.failed', task: name, reason: String(error) });
    });
    this.scheduler.addInterval(name, task);
  }
}
