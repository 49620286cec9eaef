import { createHash } from 'node:crypto';

/** A Lua script, known to Redis by its SHA-1 once it has run there. */
export class RedisScript {
  readonly sha1: string;

  constructor(readonly text: string) {
    this.sha1 = createHash('sha1').update(text).digest('hex');
  }
}
