import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { AuthGuard } from './auth/auth.guard.js';
import { AuthModule } from './auth/auth.module.js';
import { ChatgptApiModule } from './chatgpt-api/chatgpt-api.module.js';
import { ChatgptErrorFormat } from './chatgpt-api/chatgpt-error.format.js';
import { AppExceptionFilter } from './common/http/app-exception.filter.js';
import { HttpModule } from './common/http/http.module.js';
import { ProblemDetailsFormat } from './common/http/problem-details.format.js';
import { IdsModule } from './common/ids/ids.module.js';
import { MetricsModule } from './common/metrics/metrics.module.js';
import { ShutdownModule } from './common/shutdown/shutdown.module.js';
import { TimeModule } from './common/time/time.module.js';
import { ConfigModule, type SettingsSource } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DocsModule } from './docs/docs.module.js';
import { HealthModule } from './health/health.module.js';
import { KeysAdminModule } from './keys/admin/keys-admin.module.js';
import { OpenAiApiModule } from './openai-api/openai-api.module.js';
import { OpenAiErrorFormat } from './openai-api/openai-error.format.js';
import { RateLimitGuard } from './rate-limit/rate-limit.guard.js';
import { RateLimitModule } from './rate-limit/rate-limit.module.js';
import { InFlightCallsGuard } from './rate-limit/in-flight-calls.guard.js';
import { RedisModule } from './redis/redis.module.js';

/** The composition root: which modules exist, and what every request meets. */
@Module({})
export class AppModule {
  /** @throws SettingsError when a setting is wrong */
  static async forRoot(source: SettingsSource): Promise<DynamicModule> {
    return {
      module: AppModule,
      imports: [
        await ConfigModule.forRoot(source),
        TimeModule,
        MetricsModule,
        IdsModule,
        ShutdownModule,
        HttpModule,
        ScheduleModule.forRoot(),
        DatabaseModule,
        RedisModule,
        AuthModule,
        RateLimitModule,
        ChatgptApiModule,
        KeysAdminModule,
        OpenAiApiModule,
        HealthModule,
        DocsModule,
      ],
      providers: [
        // In this order, and all before the body is read: a stranger makes the service hold nothing.
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_GUARD, useClass: InFlightCallsGuard },
        { provide: APP_GUARD, useClass: RateLimitGuard },
        {
          provide: APP_FILTER,
          inject: [ChatgptErrorFormat, OpenAiErrorFormat],
          useFactory: (chatgpt: ChatgptErrorFormat, openAi: OpenAiErrorFormat) =>
            new AppExceptionFilter([chatgpt, openAi, new ProblemDetailsFormat()]),
        },
      ],
    };
  }
}
