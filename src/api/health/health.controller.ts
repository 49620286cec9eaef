import { Controller, Get } from '@nestjs/common';
import { Public } from '../../platform/http/public.decorator.js';
import { HealthService, type Health, type Readiness } from './health.service.js';

/** For supervisors and load balancers. */
@Controller('health')
@Public(true)
export class HealthController {
  constructor(private readonly health: HealthService) {}

  /** The process answers, and nothing is wrong that only another start would mend. */
  @Get('live')
  live(): Health {
    return this.health.checkLive();
  }

  /** Calls can be served. */
  @Get('ready')
  ready(): Promise<Readiness> {
    return this.health.checkReady();
  }
}
