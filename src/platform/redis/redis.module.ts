import { Global, Module } from '@nestjs/common';
import { Clock } from '../time/clock.js';
import { Settings } from '../../config/settings.js';
import { connectRedis } from './connect-redis.js';
import { RedisConnection } from './redis.connection.js';
import { RedisSubscriptions } from './redis.subscriptions.js';

/** Gives every module the connections to Redis, or null without REDIS_URL. */
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
    {
      provide: RedisSubscriptions,
      inject: [RedisConnection],
      useFactory: (redis: RedisConnection | null) => {
        return redis && new RedisSubscriptions(() => redis.another());
      },
    },
  ],
  exports: [RedisConnection, RedisSubscriptions],
})
export class RedisModule {}
