import { Injectable, Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { oneAtATime } from './one-at-a-time.js';

/** Work that is done again and again until the service stops. */
@Injectable()
export class PeriodicTasks {
  private readonly logger = new Logger(PeriodicTasks.name);

  constructor(private readonly scheduler: SchedulerRegistry) {}

  /**
   * Does work every so often, first after that time, and never twice at once: a run that takes longer
   * makes the next ones fall out. One that fails is logged, and done again at its time.
   *
   * @param name unique in the service
   */
  every(intervalMs: number, name: string, work: () => Promise<unknown>): void {
    const run = oneAtATime(work);
    const interval = setInterval(() => {
      run().catch((error: unknown) => {
        this.logger.error({ event: 'task.failed', task: name, reason: String(error) });
      });
    }, intervalMs);
    this.scheduler.addInterval(name, interval);
  }
}
