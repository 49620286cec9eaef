import { Global, Module } from '@nestjs/common';
import { Metrics } from './metrics.js';

/** Gives every module the metrics to add its own to. */
@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
export class MetricsModule {}
