import { Inject, Injectable } from '@nestjs/common';
import { RedisConnection } from '../../platform/redis/redis.connection.js';
import { RedisUnavailableError } from '../../platform/redis/redis.errors.js';
import { HealthIndicator } from './health.indicator.js';

/**
 * Whether the Redis of REDIS_URL is of use. Replicas do without it when it is away, so it makes none
 * of them unready: an outage of what can be lost would else be one of the whole service.
 */
@Injectable()
export class RedisHealthIndicator extends HealthIndicator {
  readonly part = 'redis';
  override readonly isRequired = false;

  constructor(@Inject(RedisConnection) private readonly redis: RedisConnection | null) {
    super();
  }

  override get isUsed(): boolean {
    return this.redis !== null;
  }

  override check(): void {
    if (!this.redis?.isAvailable) throw new RedisUnavailableError(null);
  }
}
