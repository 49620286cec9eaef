import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { Clock } from '../common/time/clock.js';
import { Settings } from '../config/settings.js';
import { RedisConnection } from '../redis/redis.connection.js';
import { LimitFigures } from './limit-figures.js';
import { MemoryThrottlerStorage } from './memory.throttler-storage.js';
import { RedisThrottlerStorage } from './redis.throttler-storage.js';
import { RunningCalls } from './running-calls.js';

const minuteMs = 60_000;

/** How many model calls the service takes: in a minute, and at once. */
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [Settings, Clock, RedisConnection],
      useFactory: ({ limits }: Settings, clock: Clock, redis: RedisConnection | null) => ({
        throttlers: [{ ttl: minuteMs, limit: limits.ratePerMinute }],
        storage: storageFor(redis, clock, limits.replicas),
        // Constants, or there would be one counter for each endpoint and caller's address.
        getTracker: () => 'service',
        generateKey: () => 'model-calls',
        setHeaders: false,
        skipIf: () => limits.ratePerMinute === 0,
      }),
    }),
  ],
  providers: [RunningCalls, LimitFigures],
  exports: [ThrottlerModule, RunningCalls, LimitFigures],
})
export class RateLimitModule {}

function storageFor(redis: RedisConnection | null, clock: Clock, replicas: number) {
  const memory = new MemoryThrottlerStorage(clock);
  return redis === null ? memory : new RedisThrottlerStorage(redis, memory, replicas);
}
