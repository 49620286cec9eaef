import { Module, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { Clock } from '../common/time/clock.js';
import { Settings } from '../config/settings.js';
import { RedisConnection } from '../redis/redis.connection.js';
import { CallsModel } from './calls-model.decorator.js';
import { LimitMetrics } from './limit-metrics.js';
import { MemoryThrottlerStorage } from './memory.throttler-storage.js';
import { counters } from './rate-limit.guard.js';
import { RedisThrottlerStorage } from './redis.throttler-storage.js';
import { InFlightCalls } from './in-flight-calls.js';
import { Writes } from './writes.decorator.js';

const minuteMs = 60_000;

/** How many model calls the service takes, in a minute and at once, and how many other writes. */
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [Settings, Clock, RedisConnection],
      useFactory: ({ limits }: Settings, clock: Clock, redis: RedisConnection | null) => ({
        throttlers: [
          counter(counters.calls, limits.ratePerMinute, CallsModel),
          counter(counters.writes, limits.writesPerMinute, Writes),
        ],
        storage: storageFor(redis, clock, limits.replicas),
        // Constants, or there would be one counter for each endpoint and caller's address.
        getTracker: () => 'service',
        generateKey: (_context: ExecutionContext, _tracker: string, name: string) => name,
        setHeaders: false,
      }),
    }),
  ],
  providers: [InFlightCalls, LimitMetrics],
  exports: [ThrottlerModule, InFlightCalls, LimitMetrics],
})
export class RateLimitModule {}

/** @param limit 0 is none; otherwise routes with the mark are counted */
function counter(name: string, limit: number, mark: typeof CallsModel) {
  const reflector = new Reflector();
  const skipIf = (context: ExecutionContext): boolean =>
    limit === 0 || !reflector.get(mark, context.getHandler());
  return { name, ttl: minuteMs, limit, skipIf };
}

function storageFor(redis: RedisConnection | null, clock: Clock, replicas: number) {
  const memory = new MemoryThrottlerStorage(clock);
  return redis === null ? memory : new RedisThrottlerStorage(redis, memory, replicas);
}
