import { Inject, Injectable } from '@nestjs/common';
import type { Counter } from '../common/metrics/counter.js';
import { Metrics } from '../common/metrics/metrics.js';
import { RedisConnection } from '../redis/redis.connection.js';

const limits = ['rate', 'writes', 'running_calls'] as const;

/** What the limits did, for operators. */
@Injectable()
export class LimitMetrics {
  private readonly refusals: Counter;

  constructor(metrics: Metrics, @Inject(RedisConnection) redis: RedisConnection | null) {
    this.refusals = metrics.counter(
      'alice_limit_refusals_total',
      'Calls that a limit refused: rate is RATE_LIMIT_PER_MINUTE, writes is WRITE_LIMIT_PER_MINUTE, running_calls is MAX_RUNNING_CALLS',
      ['limit'],
    );
    for (const limit of limits) this.refusals.add(0, limit);
    metrics.gauge(
      'alice_rate_limit_fallback',
      '1 while the rate limit is counted by this process alone because Redis is away',
      () => Number(redis !== null && !redis.isAvailable),
    );
  }

  refused(limit: (typeof limits)[number]): void {
    this.refusals.add(1, limit);
  }
}
