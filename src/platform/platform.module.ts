import { Global, Module } from '@nestjs/common';
import { IdSource, RandomIdSource } from './ids/id-source.js';
import { InFlightCalls } from './lifecycle/in-flight-calls.js';
import { LimitMetrics } from './lifecycle/limit-metrics.js';
import { Shutdown } from './lifecycle/shutdown.js';
import { Metrics } from './telemetry/metrics.js';
import { Clock, SystemClock } from './time/clock.js';

/** What every module may ask for: the clock, ids, metrics, and which calls still run. */
@Global()
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    { provide: IdSource, useClass: RandomIdSource },
    Metrics,
    Shutdown,
    InFlightCalls,
    LimitMetrics,
  ],
  exports: [Clock, IdSource, Metrics, Shutdown, InFlightCalls, LimitMetrics],
})
export class PlatformModule {}
