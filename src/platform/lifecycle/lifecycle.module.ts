import { Global, Module } from '@nestjs/common';
import { InFlightCalls } from './in-flight-calls.js';
import { LimitMetrics } from './limit-metrics.js';
import { PeriodicTasks } from '../tasks/periodic-tasks.js';
import { Shutdown } from './shutdown.js';

const providers = [PeriodicTasks, Shutdown, InFlightCalls, LimitMetrics];

/** Tells every module how far the service is on its way out, and which calls still run. */
@Global()
@Module({ providers, exports: providers })
export class LifecycleModule {}
