import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AuthGuard } from './auth/auth.guard.js';
import { AuthModule } from './auth/auth.module.js';
import { ChatgptApiModule } from './api/chatgpt/chatgpt-api.module.js';
import { ChatgptErrorFormat } from './api/chatgpt/chatgpt-error.format.js';
import { AppExceptionFilter } from './platform/http/app-exception.filter.js';
import { HttpModule } from './platform/http/http.module.js';
import { ProblemDetailsFormat } from './platform/http/problem-details.format.js';
import { PlatformModule } from './platform/platform.module.js';
import { ConfigModule, type SettingsSource } from './config/config.module.js';
import { DatabaseModule } from './platform/database/database.module.js';
import { entities } from './entities.js';
import { DocsModule } from './api/docs/docs.module.js';
import { PagesModule } from './api/pages/pages.module.js';
import { HealthModule } from './api/health/health.module.js';
import { KeysAdminModule } from './api/admin/keys-admin.module.js';
import { OpenAiApiModule } from './api/openai/openai-api.module.js';
import { OpenAiErrorFormat } from './api/openai/openai-error.format.js';
import { RateLimitGuard } from './rate-limit/rate-limit.guard.js';
import { RateLimitModule } from './rate-limit/rate-limit.module.js';
import { InFlightCallsGuard } from './platform/lifecycle/in-flight-calls.guard.js';
import { TasksModule } from './platform/tasks/tasks.module.js';
import { RedisModule } from './platform/redis/redis.module.js';

/** The composition root: which modules exist, and what every request meets. */
@Module({})
export class AppModule {
  /** @throws SettingsError when a setting is wrong */
  static async forRoot(source: SettingsSource): Promise<DynamicModule> {
    return {
      module: AppModule,
      imports: [
        await ConfigModule.forRoot(source),
        PlatformModule,
        HttpModule,
        TasksModule,
        DatabaseModule.forRoot(entities),
        RedisModule,
        AuthModule,
        RateLimitModule,
        ChatgptApiModule,
        KeysAdminModule,
        OpenAiApiModule,
        HealthModule,
        DocsModule,
        PagesModule,
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
