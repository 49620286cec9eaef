import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { Public } from '../../platform/http/public.decorator.js';
import { Metrics } from '../../platform/telemetry/metrics.js';
import { MetricsGuard } from './metrics.guard.js';

/** For Prometheus. */
@Controller('metrics')
@Public(true)
@UseGuards(MetricsGuard)
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  show(): Promise<string> {
    return this.metrics.text();
  }
}
