import { Module } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { AuthModule } from '../../auth/auth.module.js';
import { DatabaseSizeTask } from '../../platform/database/database-size.task.js';
import { KeysModule } from '../../keys/keys.module.js';
import { DatabaseHealthIndicator } from './database.health-indicator.js';
import { HealthChecks } from './health-checks.js';
import { HealthController } from './health.controller.js';
import { HomePageService } from './home/home-page.service.js';
import { HomeController } from './home/home.controller.js';
import { PagesModule } from '../pages/pages.module.js';
import type { HealthIndicator } from './health.indicator.js';
import { HealthService } from './health.service.js';
import { KeysHealthIndicator } from './keys.health-indicator.js';
import { MetricsController } from './metrics.controller.js';
import { ProcessMetrics } from './process-metrics.js';
import { UpstreamModule } from '../../upstreams/upstream.module.js';
import { RedisHealthIndicator } from './redis.health-indicator.js';
import { UpstreamHealthIndicator } from './upstream.health-indicator.js';

/** The parts that readiness is made of; a new one is added here. */
const indicators = [
  DatabaseHealthIndicator,
  KeysHealthIndicator,
  RedisHealthIndicator,
  UpstreamHealthIndicator,
];

/** Whether the service lives and is ready, and how it fares. */
@Module({
  imports: [AuthModule, KeysModule, PagesModule, UpstreamModule],
  controllers: [HealthController, HomeController, MetricsController],
  providers: [
    ...indicators,
    {
      provide: HealthChecks,
      inject: [LazyModuleLoader, ...indicators],
      useFactory: (loader: LazyModuleLoader, ...parts: HealthIndicator[]) =>
        new HealthChecks(
          parts.filter(({ isUsed }) => isUsed),
          loader,
        ),
    },
    HealthService,
    HomePageService,
    ProcessMetrics,
    DatabaseSizeTask,
  ],
})
export class HealthModule {}
