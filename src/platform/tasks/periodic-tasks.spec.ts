import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { RecordingLogger } from '../../../test/support/recording-logger.js';
import { PeriodicTasks } from './periodic-tasks.js';

describe('periodic work', () => {
  let scheduler: SchedulerRegistry;
  let tasks: PeriodicTasks;
  let logger: RecordingLogger;

  beforeEach(() => {
    jest.useFakeTimers();
    logger = new RecordingLogger();
    Logger.overrideLogger(logger);
    scheduler = new SchedulerRegistry();
    tasks = new PeriodicTasks(scheduler);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is done every so often, not at once, and stops with the service', async () => {
    const work = jest.fn(() => Promise.resolve());
    tasks.every(1_000, 'sweep', work);
    expect(work).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(work).toHaveBeenCalledTimes(3);
    clearInterval(scheduler.getInterval<NodeJS.Timeout>('sweep'));
    await jest.advanceTimersByTimeAsync(3_000);
    expect(work).toHaveBeenCalledTimes(3);
  });

  it('is left out while the run before it still goes on', async () => {
    const ends: (() => void)[] = [];
    const work = jest.fn(() => new Promise<void>((resolve) => ends.push(resolve)));
    tasks.every(1_000, 'sweep', work);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(work).toHaveBeenCalledTimes(1);
    ends.pop()?.();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(work).toHaveBeenCalledTimes(2);
  });

  it.each<[string, () => unknown]>([
    ['a promise', () => Promise.reject(new Error('no database'))],
    [
      'a throw',
      () => {
        throw new Error('no database');
      },
    ],
  ])('is done again after it failed, which is logged with its name: %s', async (_, fail) => {
    const work = jest.fn(fail);
    tasks.every(1_000, 'sweep', work);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(work).toHaveBeenCalledTimes(2);
    expect(logger.text).toContain('sweep');
    expect(logger.text).toContain('no database');
  });
});
