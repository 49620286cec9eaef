import { Inject, Module, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { Clock } from '../platform/time/clock.js';
import { Metrics } from '../platform/telemetry/metrics.js';
import { Settings } from '../config/settings.js';
import { RedisConnection } from '../platform/redis/redis.connection.js';
import { CallsModel } from '../platform/lifecycle/calls-model.decorator.js';
import { Attempts } from './attempts.js';
import { MemoryThrottlerStorage } from './memory.throttler-storage.js';
import { counters } from './rate-limit.guard.js';
import { RedisThrottlerStorage } from './redis.throttler-storage.js';
import { Writes } from './writes.decorator.js';

const minuteMs = 60_000;
/** Of each kind of attempts: who tries so many things at once is not known by any of them. */
const mostAttempted = 10_000;

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
  providers: [
    {
      provide: Attempts,
      inject: [Settings, Clock, RedisConnection],
      useFactory: (
        { limits: { replicas } }: Settings,
        clock: Clock,
        redis: RedisConnection | null,
      ) => {
        const storage = () => storageFor(redis, clock, replicas, mostAttempted);
        return new Attempts(storage(), storage());
      },
    },
  ],
  exports: [ThrottlerModule, Attempts],
})
export class RateLimitModule {
  constructor(metrics: Metrics, @Inject(RedisConnection) redis: RedisConnection | null) {
    metrics.gauge(
      'alice_rate_limit_fallback',
      '1 while the rate limit is counted by this process alone because Redis is away',
      () => Number(redis !== null && !redis.isAvailable),
    );
  }
}

/** @param limit 0 is none; otherwise routes with the mark are counted */
function counter(name: string, limit: number, mark: typeof CallsModel) {
  const reflector = new Reflector();
  const skipIf = (context: ExecutionContext): boolean =>
    limit === 0 || !reflector.get(mark, context.getHandler());
  return { name, ttl: minuteMs, limit, skipIf };
}

function storageFor(
  redis: RedisConnection | null,
  clock: Clock,
  replicas: number,
  mostKeys = Number.POSITIVE_INFINITY,
) {
  const memory = new MemoryThrottlerStorage(clock, mostKeys);
  return redis === null ? memory : new RedisThrottlerStorage(redis, memory, replicas);
}
