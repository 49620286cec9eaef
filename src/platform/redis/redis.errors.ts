import { UnexpectedError } from '../errors/app.error.js';

/** Redis is away, too slow or refuses: for now everyone does without what replicas share there. */
export class RedisUnavailableError extends UnexpectedError {
  readonly code = 'redis.unavailable';
  readonly status = 503;
  readonly title = 'Redis is unavailable';

  constructor(cause: unknown) {
    super({ detail: 'Redis cannot be reached', cause, retryAfterSeconds: 1 });
  }
}
