import { Global, Module } from '@nestjs/common';
import { PeriodicTasks } from './periodic-tasks.js';

/** Gives every module periodic work; it needs the scheduler, which commands do without. */
@Global()
@Module({ providers: [PeriodicTasks], exports: [PeriodicTasks] })
export class TasksModule {}
