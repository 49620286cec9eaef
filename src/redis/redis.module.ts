import { Global, Module } from '@nestjs/common';
import { Clock } from '../common/time/clock.js';
import { Settings } from '../config/settings.js';
import { connectRedis } from './connect-redis.js';
import { RedisConnection } from './redis.connection.js';

/** Gives every module the {@link RedisConnection}, or null without REDIS_URL. */
@Global()
@Module({
  providers: [
    {
      provide: RedisConnection,
      inject: [Settings, Clock],
      useFactory: ({ redis }: Settings, clock: Clock) => {
        return redis === null ? null : connectRedis(redis, clock);
      },
    },
  ],
  exports: [RedisConnection],
})
export class RedisModule {}
