import type { OnModuleInit } from '@nestjs/common';
import { unsafeCast } from '../../platform/unsafe-cast.js';
import type { RedisConnection } from '../../platform/redis/redis.connection.js';
import type { RedisScript } from '../../platform/redis/redis-script.js';
import type { RedisSubscriptions } from '../../platform/redis/redis.subscriptions.js';
import { RedisUnavailableError } from '../../platform/redis/redis.errors.js';
import { ResponseEventsLostError } from '../responses.errors.js';
import { appendEvent, deleteEvents, endEvents, readEvents } from './event-scripts.js';
import type { MemoryResponseEvents } from './memory.response-events.js';
import { ResponseEvents, type NumberedEvent } from './response-events.js';
import { Notifier } from './notifier.js';

const mebibyte = 1_048_576;
/** Of one response. */
const mostBytes = 4 * mebibyte;
/** From the last event on, and so from the end: longer than any response is silent. */
const keptMs = 3_600_000;
const eventsAtOnce = 64;

/** What {@link readEvents} gives. */
type Reply = [ended: 0 | 1, events: [position: string, type: string, data: string][]] | null;

/**
 * Events of background responses for all replicas, in Redis. What that loses or misses is lost to the
 * other replicas; the one that gives a response has its events itself, too.
 */
export class RedisResponseEvents extends ResponseEvents implements OnModuleInit {
  /**
   * @param own the events of the responses that this process gives
   * @param mostBytesInAll of all responses of all replicas; those that ended first are dropped first
   */
  constructor(
    private readonly redis: RedisConnection,
    private readonly subscriptions: RedisSubscriptions,
    private readonly own: MemoryResponseEvents,
    private readonly mostBytesInAll = 128 * mebibyte,
  ) {
    super();
  }

  onModuleInit(): void {
    this.own.onModuleInit();
  }

  override append(responseId: string, event: NumberedEvent): Promise<void> {
    this.own.append(responseId, event);
    const { number, type, data } = event;
    return this.runScript(
      appendEvent,
      responseId,
      number + 1,
      type,
      data,
      mostBytes,
      this.mostBytesInAll,
    );
  }

  override async end(responseId: string): Promise<void> {
    await this.own.end(responseId);
    await this.runScript(endEvents, responseId);
  }

  override async delete(responseId: string): Promise<void> {
    await this.own.delete(responseId);
    await this.runScript(deleteEvents, responseId);
  }

  override async *read(
    responseId: string,
    startingAfter: number,
    signal: AbortSignal,
  ): AsyncGenerator<NumberedEvent, void> {
    let last = startingAfter;
    try {
      for await (const event of this.own.read(responseId, startingAfter, signal)) {
        yield event;
        last = event.number;
      }
      return;
    } catch (error) {
      // Those of another replica, or dropped here to make room.
      if (!(error instanceof ResponseEventsLostError)) throw error;
    }
    yield* this.readShared(responseId, last, signal);
  }

  private async *readShared(
    responseId: string,
    startingAfter: number,
    signal: AbortSignal,
  ): AsyncGenerator<NumberedEvent, void> {
    const change = new Notifier();
    const stop = await this.listen(responseId, change);
    let next = startingAfter + 1;
    try {
      for (;;) {
        const { hasEnded, events } = await this.find(responseId, next);
        for (const event of events) {
          if (event.number !== next) throw new ResponseEventsLostError(responseId);
          yield event;
          next += 1;
        }
        if (events.length > 0) continue;
        if (hasEnded) return;
        await change.wait(signal);
      }
    } finally {
      stop();
    }
  }

  /** Nothing is done when Redis is away: its connection says so, and who reads finds the gap. */
  private async runScript(
    script: RedisScript,
    responseId: string,
    ...args: (string | number)[]
  ): Promise<void> {
    try {
      const keys = [keyOf(responseId), ...sharedKeys];
      await this.redis.run(script, keys, responseId, keptMs, ...args);
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
    }
  }

  private listen(responseId: string, change: Notifier): Promise<() => void> {
    const channel = this.redis.nameOf(keyOf(responseId));
    return orLost(
      responseId,
      this.subscriptions.listen(channel, () => {
        change.notify();
      }),
    );
  }

  private async find(
    responseId: string,
    next: number,
  ): Promise<{ hasEnded: boolean; events: NumberedEvent[] }> {
    const found = this.redis.run(readEvents, [keyOf(responseId)], next + 1, eventsAtOnce);
    const reply = unsafeCast<Reply>(await orLost(responseId, found));
    if (reply === null) throw new ResponseEventsLostError(responseId);
    const [ended, entries] = reply;
    return {
      hasEnded: ended === 1,
      events: entries.map(([position, type, data]) => ({
        number: Number(position) - 1,
        type,
        data,
      })),
    };
  }
}

/** Where responses are ordered, and their sizes; no response has such an id. */
const sharedKeys = ['response-events:order', 'response-events:sizes'];

function keyOf(responseId: string): string {
  return `response-events:${responseId}`;
}

/** @throws ResponseEventsLostError when Redis is away */
async function orLost<Value>(responseId: string, answer: Promise<Value>): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof RedisUnavailableError ? new ResponseEventsLostError(responseId) : error;
  }
}
