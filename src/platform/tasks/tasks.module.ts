import { Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { PeriodicTasks } from './periodic-tasks.js';

/** Gives every module periodic work, and ends it before the service shuts down. */
@Global()
@Module({
  imports: [ScheduleModule.forRoot()],
  providers: [PeriodicTasks],
  exports: [PeriodicTasks],
})
export class TasksModule {}
