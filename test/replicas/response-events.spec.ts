import fc from 'fast-check';
import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Redis } from 'ioredis';
import OpenAI from 'openai';
import { PeriodicTasks } from '../../src/platform/tasks/periodic-tasks.js';
import { SystemClock } from '../../src/platform/time/clock.js';
import { readSettings } from '../../src/config/read-settings.js';
import { connectRedis } from '../../src/platform/redis/connect-redis.js';
import { RedisConnection } from '../../src/platform/redis/redis.connection.js';
import { RedisSubscriptions } from '../../src/platform/redis/redis.subscriptions.js';
import { MemoryResponseEvents } from '../../src/responses/events/memory.response-events.js';
import { RedisResponseEvents } from '../../src/responses/events/redis.response-events.js';
import type { NumberedEvent } from '../../src/responses/events/response-events.js';
import { ResponseEventsLostError } from '../../src/responses/responses.errors.js';
import { openTestRedis, PrivateRedis, type TestRedis } from '../support/redis-server.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { token, type TestService } from '../support/service.js';
import { useServices } from '../support/use-service.js';
import { until } from '../support/until.js';

// Megabytes of events may take a busy machine longer than a service waits for Redis.
jest.mock('../../src/platform/redis/with-timeout.js', () => ({
  ...jest.requireActual<object>('../../src/platform/redis/with-timeout.js'),
  answerLimitMs: 900,
}));

const mebibyte = 1_048_576;
const hourMs = 3_600_000;
const { signal } = new AbortController();

/** The events as one replica sees them. */
interface Replica {
  events: RedisResponseEvents;
  redis: RedisConnection;
  close(): void;
}

async function join(server: TestRedis, mostBytesInAll?: number): Promise<Replica> {
  const { redis: settings } = readSettings(server.variables);
  const redis = await connectRedis(settings!, new SystemClock());
  const subscriptions = new RedisSubscriptions(() => redis.another());
  return {
    events: new RedisResponseEvents(
      redis,
      subscriptions,
      new MemoryResponseEvents(new SystemClock(), new PeriodicTasks(new SchedulerRegistry())),
      mostBytesInAll,
    ),
    redis,
    close: () => {
      redis.onApplicationShutdown();
      subscriptions.onApplicationShutdown();
    },
  };
}

function event(number: number, bytes = 1): NumberedEvent {
  return { number, type: 'response.output_text.delta', data: 'x'.repeat(bytes) };
}

function upTo(end: number, start = 0): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}

describe('the events of a response in Redis', () => {
  let server: PrivateRedis;
  let writer: Replica;
  let reader: Replica;

  beforeEach(async () => {
    Logger.overrideLogger(new RecordingLogger());
    server = await PrivateRedis.start();
    [writer, reader] = [await join(server), await join(server)];
  });
  afterEach(async () => {
    writer.close();
    reader.close();
    await server.close();
  });

  async function append(id: string, count: number, bytes = 1, from = 0): Promise<void> {
    for (let number = from; number < from + count; number += 1) {
      await writer.events.append(id, event(number, bytes));
    }
  }

  async function numbers(id: string, startingAfter = -1): Promise<number[]> {
    const read: number[] = [];
    for await (const { number } of reader.events.read(id, startingAfter, signal)) read.push(number);
    return read;
  }

  it('are read on another replica from wherever the reader stands, each once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 100 }), { maxLength: 4 }),
        fc.integer({ min: -1, max: 250 }),
        fc.nat({ max: 4 }),
        async (bursts, startingAfter, joinsBefore) => {
          const id = String(Math.random());
          await append(id, 1);
          let count = 1;
          let reading: Promise<number[]> | null = null;
          for (const [index, burst] of bursts.entries()) {
            if (index === joinsBefore) reading = numbers(id, startingAfter);
            await append(id, burst, 1, count);
            count += burst;
          }
          await writer.events.end(id);
          expect(await (reading ?? numbers(id, startingAfter))).toEqual(
            upTo(Math.max(count, startingAfter + 1), startingAfter + 1),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  it('come as they were written', async () => {
    const written = { number: 0, type: 'response.created', data: '{"text":"Grüße 会话\\n"}' };
    await writer.events.append('a', written);
    await writer.events.end('a');
    for await (const read of reader.events.read('a', -1, signal)) expect(read).toEqual(written);
  });

  it('are followed by several readers at once', async () => {
    await append('a', 3);
    const readers = [numbers('a'), numbers('a', 1), numbers('a', 7)];
    await append('a', 7, 1, 3);
    await writer.events.end('a');
    expect(await Promise.all(readers)).toEqual([upTo(10), upTo(10, 2), upTo(10, 8)]);
  });

  it('are waited for no longer than the reader wants', async () => {
    await append('a', 1);
    const leaving = new AbortController();
    const reading = reader.events.read('a', 0, leaving.signal)[Symbol.asyncIterator]().next();
    leaving.abort(new Error('left'));
    await expect(reading).rejects.toThrow('left');
  });

  it('are kept for an hour, and nothing is added after the end', async () => {
    await append('a', 2);
    await writer.events.end('a');
    await append('a', 1, 1, 2);
    await writer.events.end('a');
    expect(await numbers('a')).toEqual([0, 1]);
    const client = new Redis(server.url);
    const [key] = await client.keys(`${server.keyPrefix}response-events:*`);
    expect(await client.pttl(key!)).toBeGreaterThan(hourMs / 2);
    expect(await client.pttl(key!)).toBeLessThanOrEqual(hourMs);
    client.disconnect();
  });

  it('are lost once they are forgotten, also to who waits for more', async () => {
    await append('a', 1);
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { number } of reader.events.read('a', -1, signal)) seen.push(number);
    })();
    await until('the first is read', () => seen.length === 1);
    await writer.events.delete('a');
    await expect(reading).rejects.toThrow(ResponseEventsLostError);
    await expect(numbers('never')).rejects.toThrow(ResponseEventsLostError);
  });

  it('are at most 4 MiB: the oldest are lost, the newest can still be followed', async () => {
    await append('a', 1);
    const reading = numbers('a', 4);
    await append('a', 5, mebibyte, 1);
    await writer.events.end('a');
    await expect(numbers('a')).rejects.toThrow(ResponseEventsLostError);
    await expect(numbers('a', 0)).rejects.toThrow(ResponseEventsLostError);
    expect(await numbers('a', 1)).toEqual([2, 3, 4, 5]);
    expect(await reading).toEqual([5]);
  });

  describe('of all replicas together', () => {
    const most = 8 * mebibyte;
    let client: Redis;

    beforeEach(async () => {
      writer.close();
      writer = await join(server, most);
      client = new Redis(server.url);
    });
    afterEach(() => {
      client.disconnect();
    });

    /** What is kept of each response, by its events, and what the common count says. */
    async function storedLogs(): Promise<{ bytes: number; counted: number; ids: string[] }> {
      const prefix = `${server.keyPrefix}response-events:`;
      const ids = await client.zrange(`${prefix}order`, 0, -1);
      let bytes = 0;
      for (const id of ids) {
        for (const [, fields] of await client.xrange(`${prefix}${id}`, '-', '+')) {
          if (fields[4] === 'data') bytes += Buffer.byteLength(fields[5]!);
        }
      }
      const counted = Number((await client.hget(`${prefix}sizes`, '')) ?? 0);
      return { bytes, counted, ids };
    }

    it('are bounded: what ended first goes first, and a running one becomes short', async () => {
      for (const id of ['one', 'two', 'three']) await append(id, 2, mebibyte);
      await writer.events.end('two');
      await writer.events.end('one');
      await append('four', 3, mebibyte);
      expect(await storedLogs()).toMatchObject({ bytes: 7 * mebibyte, counted: 7 * mebibyte });
      await expect(numbers('two')).rejects.toThrow(ResponseEventsLostError);
      expect(await numbers('one')).toEqual([0, 1]);
      await append('three', 2, mebibyte, 2);
      await expect(numbers('one')).rejects.toThrow(ResponseEventsLostError);
      await append('four', 3, mebibyte, 3);
      await writer.events.end('four');
      expect(await numbers('four', 1)).toEqual([2, 3, 4, 5]);
      const { bytes, counted, ids } = await storedLogs();
      expect(counted).toBe(bytes);
      expect(bytes).toBeLessThanOrEqual(most);
      expect(ids).toEqual(['four', 'three']);
    });

    it('are counted right by several writers, deletions and responses without events', async () => {
      const other = await join(server, most);
      const write = async ({ events }: Replica, id: string) => {
        for (let number = 0; number < 20; number += 1)
          await events.append(id, event(number, 50_000));
        await events.end(id);
      };
      await Promise.all(
        [writer, other].flatMap((from, index) => {
          return Array.from({ length: 12 }, (_, place) => write(from, `${index}-${place}`));
        }),
      );
      await writer.events.delete('0-0');
      await writer.events.delete('1-11');
      await writer.events.delete('never');
      await writer.events.append('empty', event(0, 0));
      await writer.events.delete('empty');
      other.close();
      const { bytes, counted } = await storedLogs();
      expect(counted).toBe(bytes);
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThanOrEqual(most);
    });

    it('are counted right again when Redis has let go of some', async () => {
      await append('a', 2, mebibyte);
      await client.unlink(`${server.keyPrefix}response-events:a`);
      await append('a', 1, mebibyte, 2);
      expect(await storedLogs()).toMatchObject({ bytes: mebibyte, counted: mebibyte, ids: ['a'] });
    });

    it('and their count are gone with the last of them', async () => {
      await append('a', 1);
      await writer.events.end('a');
      for (const key of await client.keys(`${server.keyPrefix}response-events:*`)) {
        expect(await client.pttl(key)).toBeGreaterThan(hourMs / 2);
        expect(await client.pttl(key)).toBeLessThanOrEqual(hourMs);
      }
    });
  });

  it('are lost with Redis; later ones can be followed when it is back', async () => {
    await append('a', 2);
    const reading = numbers('a');
    await server.down();
    await expect(reading).rejects.toThrow(ResponseEventsLostError);
    await append('a', 1, 1, 2);
    await writer.events.end('a');
    await expect(numbers('a')).rejects.toThrow(ResponseEventsLostError);
    await server.up();
    await until('both are back', () => writer.redis.isAvailable && reader.redis.isAvailable);
    await append('a', 1, 1, 3);
    await writer.events.end('a');
    await expect(numbers('a')).rejects.toThrow(ResponseEventsLostError);
    await until('the reader hears again', () =>
      numbers('a', 2).then(
        (read) => read.length === 1,
        () => false,
      ),
    );
  });
});

describe('a response that runs in the background on one replica', () => {
  const model = 'gpt-6-luna';
  const input = 'hello';
  const { start: startOne } = useServices();
  let redis: TestRedis;
  let services: TestService[];
  let here: OpenAI;
  let there: OpenAI;

  async function start(server: TestRedis): Promise<void> {
    redis = server;
    const { service: first } = await startOne(server.variables);
    const { service: second } = await startOne(server.variables, first.folder);
    services = [first, second];
    [here, there] = services.map(({ url }) => {
      return new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0 });
    }) as [OpenAI, OpenAI];
  }
  // Behind the services, whose connections it has.
  afterEach(() => redis.close());

  /** Begins a response whose upstream stops after its first piece. @returns its id */
  async function begin(): Promise<string> {
    services[0]!.simulator.behave({ answer: ['one ', 'two'], holdAfterPieces: 1 });
    const stream = await here.responses.create({ model, input, background: true, stream: true });
    let id = '';
    for await (const event of stream) {
      if (event.type === 'response.created') id = event.response.id;
      if (event.type === 'response.output_text.delta') break;
    }
    return id;
  }

  it('is followed and resumed on another', async () => {
    await start(await openTestRedis());
    const id = await begin();
    const seen: number[] = [];
    let text = '';
    const before = await there.responses.retrieve(id, { stream: true });
    for await (const event of before) {
      seen.push(event.sequence_number);
      if (event.type !== 'response.output_text.delta') continue;
      text += event.delta;
      break;
    }
    const startingAfter = seen.at(-1)!;
    const after = await there.responses.retrieve(id, {
      stream: true,
      starting_after: startingAfter,
    });
    services[0]!.simulator.release();
    for await (const event of after) {
      seen.push(event.sequence_number);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(text).toBe('one two');
    expect(seen).toEqual(upTo(seen.length));
    expect((await there.responses.retrieve(id)).output_text).toBe('one two');
  });

  it('goes on when Redis goes, and its end can be retrieved', async () => {
    const server = await PrivateRedis.start();
    await start(server);
    const id = await begin();
    await server.down();
    services[0]!.simulator.release();
    await until('it has ended', async () => {
      return (await there.responses.retrieve(id)).status === 'completed';
    });
    expect((await there.responses.retrieve(id)).output_text).toBe('one two');
    await expect(there.responses.retrieve(id, { stream: true })).rejects.toMatchObject({
      status: 404,
    });
  });

  const options = { model, input, background: true, stream: true } as const;

  /** @returns the id of the response that is streamed to its end under an Idempotency-Key */
  async function keyed(client: OpenAI, key: string): Promise<string> {
    const stream = await client.responses.create(options, { headers: { 'idempotency-key': key } });
    const ids = new Set<string>();
    const types: string[] = [];
    let text: unknown;
    for await (const event of stream) {
      types.push(event.type);
      if ('response' in event) ids.add(event.response.id);
      if (event.type === 'response.completed') text = event.response.output;
    }
    expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed']);
    expect(text).toMatchObject([{ content: [{ text: 'You said: hello' }] }]);
    expect(ids.size).toBe(1);
    return [...ids][0]!;
  }

  it('has an id and events for who begins it, whenever Redis goes and however it hangs', async () => {
    const server = await PrivateRedis.start();
    await start(server);
    const { simulator } = services[0]!;
    const running = await begin();
    await server.down();
    const reading = await here.responses.retrieve(running, { stream: true });
    simulator.release();
    let text = '';
    for await (const event of reading) {
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(text).toBe('one two');
    simulator.reset();
    const away = await keyed(here, 'away');
    expect(await keyed(here, 'away')).toBe(away);
    expect(await keyed(there, 'away')).toBe(away);
    await expect(there.responses.retrieve(away, { stream: true })).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining(away) as string,
    });
    await server.up();
    await until('Redis is back', () => {
      return services.every(({ app }) => app.get(RedisConnection).isAvailable);
    });
    expect(await keyed(here, 'away')).toBe(away);
    expect(await keyed(there, 'away')).toBe(away);
    server.freeze();
    const hanging = await keyed(here, 'hanging');
    expect(await keyed(there, 'hanging')).toBe(hanging);
    server.thaw();
    expect(simulator.totalCalls).toBe(2);
  });

  it('has an id for who repeats its call on another replica while it runs', async () => {
    const server = await PrivateRedis.start();
    await start(server);
    await server.down();
    services[0]!.simulator.behave({ answer: ['one ', 'two'], holdAfterPieces: 1 });
    const ids: string[] = [];
    for (const client of [here, there]) {
      const sent = { headers: { 'idempotency-key': 'running' } };
      for await (const event of await client.responses.create(options, sent)) {
        if (event.type !== 'response.created') continue;
        ids.push(event.response.id);
        break;
      }
    }
    expect(ids).toEqual([ids[0], ids[0]]);
    services[0]!.simulator.release();
    await until('it has ended', async () => {
      return (await there.responses.retrieve(ids[0]!)).status === 'completed';
    });
  });
});
