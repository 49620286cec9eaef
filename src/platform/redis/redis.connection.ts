import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { errorMessage } from '../errors/error-message.js';
import { repeat } from '../tasks/repeat.js';
import type { Clock } from '../time/clock.js';
import type { RedisScript } from './redis-script.js';
import { RedisUnavailableError } from './redis.errors.js';
import { answerLimitMs, TooLateError, withTimeout } from './with-timeout.js';

/** How often one that refuses is tried again; one that is not connected tells by itself. */
const probeEveryMs = 1_000;
const probeLifeMs = 1_000;
/** Why it is away, where nothing else is known. */
const connectionClosed = 'the connection was closed';

/** The connection to the Redis that replicas share: away at any time, and back by itself. */
export class RedisConnection implements OnApplicationShutdown {
  private readonly logger = new Logger(RedisConnection.name);
  private state: 'starting' | 'available' | 'away' = 'starting';
  /** When the last outage ended; the first connection ends none. */
  private backAt = Number.NEGATIVE_INFINITY;
  private lastError = connectionClosed;
  private probes: NodeJS.Timeout | undefined;

  /** @param client not connected yet, and without a queue for commands while it is not */
  constructor(
    private readonly client: Redis,
    private readonly keyPrefix: string,
    private readonly clock: Clock,
  ) {
    client.on('error', (error) => (this.lastError = error.message));
    client.on('close', this.onClose);
  }

  /** Connects for the first time. Resolves when that has succeeded or failed. */
  async start(): Promise<void> {
    try {
      await this.client.connect();
      await this.probe();
    } catch (error) {
      this.isAway(error);
    }
    this.client.on('ready', () => {
      this.probe().catch(this.isAway);
    });
  }

  get isAvailable(): boolean {
    return this.state === 'available';
  }

  /** Whether it is away, or was in the last so many milliseconds: what it knew may be lost. */
  wasAwayWithin(durationMs: number): boolean {
    return !this.isAvailable || this.clock.monotonic() - this.backAt < durationMs;
  }

  /**
   * Runs a script on its keys.
   *
   * @throws RedisUnavailableError after 200 ms at the latest
   */
  run(
    { text, sha1 }: RedisScript,
    keys: readonly string[],
    ...args: (string | number)[]
  ): Promise<unknown> {
    const names = keys.map((key) => this.nameOf(key));
    return this.ask(async () => {
      try {
        return await this.client.evalsha(sha1, names.length, ...names, ...args);
      } catch (error) {
        if (!errorMessage(error).startsWith('NOSCRIPT')) throw error;
        return await this.client.eval(text, names.length, ...names, ...args);
      }
    });
  }

  /** A key, or a channel, as Redis knows it. */
  nameOf(key: string): string {
    return this.keyPrefix + key;
  }

  /** Another connection to the same server, not connected yet. */
  another(): Redis {
    return this.client.duplicate();
  }

  onApplicationShutdown(): void {
    clearInterval(this.probes);
    this.client.off('close', this.onClose);
    this.client.disconnect();
  }

  private async ask<Value>(question: () => Promise<Value>): Promise<Value> {
    if (this.client.status !== 'ready') throw new RedisUnavailableError(this.lastError);
    try {
      const answer = await withTimeout(answerLimitMs, question());
      this.isBack();
      return answer;
    } catch (error) {
      this.isAway(error);
      // What hangs is cut off, so that later calls need not find out for themselves.
      if (error instanceof TooLateError) this.client.disconnect(true);
      throw new RedisUnavailableError(error);
    }
  }

  /** Of use is what takes a write, which replicas of Redis and full ones do not. @throws RedisUnavailableError */
  private async probe(): Promise<void> {
    const probe = this.nameOf('probe');
    await this.ask(() => this.client.set(probe, '', 'PX', probeLifeMs));
  }

  private readonly onClose = (): void => {
    this.isAway(this.lastError);
  };

  private readonly isAway = (reason: unknown): void => {
    if (this.state === 'away') return;
    this.state = 'away';
    this.probes = repeat(probeEveryMs, () => this.probe(), this.isAway).unref();
    // Errors of the client carry the command with its arguments, and so the password.
    this.logger.warn({ event: 'redis.away', reason: errorMessage(reason) });
  };

  private isBack(): void {
    if (this.state === 'away') {
      this.backAt = this.clock.monotonic();
      this.lastError = connectionClosed;
      clearInterval(this.probes);
      this.logger.log({ event: 'redis.back' });
    }
    this.state = 'available';
  }
}
