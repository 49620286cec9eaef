import type { OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RedisUnavailableError } from './redis.errors.js';
import { answerLimitMs, withTimeout } from './with-timeout.js';

type Listener = () => void;

/** Channels of Redis that this process listens to, all on one connection, which opens with the first. */
export class RedisSubscriptions implements OnApplicationShutdown {
  private readonly listeners = new Map<string, Set<Listener>>();
  private client: Redis | null = null;
  private firstConnection: Promise<unknown> | null = null;

  /** @param open a connection that is not connected yet, and connects again by itself */
  constructor(private readonly open: () => Redis) {}

  /**
   * Listens to a channel. What was said while the connection was away is unknown, so that everyone is
   * told when it goes and when it is back.
   *
   * @returns what ends it
   * @throws RedisUnavailableError after 200 ms at the latest
   */
  async listen(channel: string, listener: Listener): Promise<() => void> {
    const listeners = this.listeners.get(channel) ?? new Set();
    this.listeners.set(channel, listeners.add(listener));
    const stop = (): void => {
      listeners.delete(listener);
      if (listeners.size === 0) this.leave(channel, listeners);
    };
    try {
      await withTimeout(answerLimitMs, this.join(channel));
      return stop;
    } catch (error) {
      stop();
      throw new RedisUnavailableError(error);
    }
  }

  onApplicationShutdown(): void {
    this.client?.disconnect();
  }

  private async join(channel: string): Promise<void> {
    this.client ??= this.start();
    // Whether it could connect shows below; it tries again by itself.
    this.firstConnection ??= this.client.connect().catch(() => undefined);
    await this.firstConnection;
    await this.client.subscribe(channel);
  }

  private leave(channel: string, listeners: Set<Listener>): void {
    if (this.listeners.get(channel) !== listeners) return;
    this.listeners.delete(channel);
    // A connection that is away forgets its channels by itself.
    this.client?.unsubscribe(channel).catch(() => undefined);
  }

  private start(): Redis {
    const client = this.open();
    const notifyAll = (): void => {
      for (const channel of this.listeners.keys()) this.notify(channel);
    };
    client.on('message', (channel) => {
      this.notify(channel);
    });
    // The connection for questions says what is wrong, and listeners ask there.
    client.on('error', notifyAll);
    client.on('close', notifyAll);
    client.on('ready', () => {
      const channels = [...this.listeners.keys()];
      if (channels.length > 0) client.subscribe(...channels).then(notifyAll, notifyAll);
    });
    return client;
  }

  private notify(channel: string): void {
    for (const listener of this.listeners.get(channel) ?? []) listener();
  }
}
