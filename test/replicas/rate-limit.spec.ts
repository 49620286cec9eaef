import { Redis } from 'ioredis';
import { RedisConnection } from '../../src/platform/redis/redis.connection.js';
import { shutDown } from '../../src/platform/lifecycle/shut-down.js';
import { Caller, type Answer } from '../support/caller.js';
import { openTestRedis, PrivateRedis, type TestRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { openShare, sharedConversation, storeShare } from '../support/shares.js';
import { until } from '../support/until.js';

const minuteMs = 60_000;
let services: TestService[];
let redis: TestRedis;
afterEach(async () => {
  const [first, ...others] = services;
  for (const other of others) {
    await shutDown(other.app);
    await other.simulator.close();
  }
  await first?.close();
  await redis.close();
});

/** Two services on one database and Redis, as two replicas are. */
async function startTwo(variables: Record<string, string>): Promise<void> {
  const settings = { ...redis.variables, REPLICAS: '2', ...variables };
  const first = await startService(settings);
  services = [first, await startService(settings, first.folder)];
}

function callers(): Caller[] {
  return services.map(({ url }) => new Caller(url));
}

/** So many calls on each, all at once. */
async function flood(calls: number): Promise<Answer[]> {
  const sent = callers().flatMap((caller) =>
    Array.from({ length: calls }, () => caller.post('chat', 'Q')),
  );
  return Promise.all(sent);
}

function passed(answers: readonly Answer[]): number {
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
  return answers.filter(({ status }) => status === 200).length;
}

function isAvailable(service: TestService): boolean {
  return service.app.get(RedisConnection).isAvailable;
}

/** Both services have noticed. */
function allSee(available: boolean): Promise<void> {
  return until(`all see Redis ${available ? 'back' : 'away'}`, () =>
    services.every((service) => isAvailable(service) === available),
  );
}

/** Lines of both services, which share the log of the one that started last. */
function linesWith(word: string): string[] {
  return services.flatMap(({ log }) => log.lines.filter((line) => line.includes(word)));
}

describe('RATE_LIMIT_PER_MINUTE with REDIS_URL', () => {
  beforeEach(async () => {
    redis = await openTestRedis();
    await startTwo({ RATE_LIMIT_PER_MINUTE: '7' });
  });

  it('is one count for all replicas, for callers at once', async () => {
    expect(passed(await flood(10))).toBe(7);
    const [answer] = await flood(1);
    const retryAfter = Number(answer?.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect(linesWith('redis')).toEqual([]);
  });

  it('is a window that slides by the clock of Redis', async () => {
    const client = new Redis(redis.url);
    const key = `${redis.keyPrefix}model-calls`;
    const [seconds] = await client.time();
    const now = Number(seconds) * 1_000;
    // Three hits that are out of the window, three that are almost, and one of a clock set back.
    const ages = [...Array<number>(3).fill(minuteMs), ...Array<number>(3).fill(minuteMs / 2)];
    await client.rpush(key, ...ages.map((age) => now - age), now);
    client.disconnect();
    const answers = await flood(5);
    expect(passed(answers)).toBe(3);
    const refused = answers.find(({ status }) => status === 429);
    const retryAfter = Number(refused?.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(30);
  });

  it('keeps no more than the hits of one window, and forgets them after it', async () => {
    await flood(10);
    const client = new Redis(redis.url);
    const keys = await client.keys(`${redis.keyPrefix}*`);
    const key = `${redis.keyPrefix}model-calls`;
    expect(keys).toContain(key);
    expect(await client.llen(key)).toBe(7);
    expect(await client.pttl(key)).toBeGreaterThan(0);
    expect(await client.pttl(key)).toBeLessThanOrEqual(minuteMs);
    client.disconnect();
  });

  it('does not count refused calls', async () => {
    await flood(10);
    const client = new Redis(redis.url);
    const before = await client.lrange(`${redis.keyPrefix}model-calls`, 0, -1);
    await flood(3);
    expect(await client.lrange(`${redis.keyPrefix}model-calls`, 0, -1)).toEqual(before);
    client.disconnect();
  });
});

describe('passwords that are tried for a share with REDIS_URL', () => {
  it('are counted once for all replicas, in keys that are gone after a minute', async () => {
    redis = await openTestRedis();
    await startTwo({});
    const [caller] = callers();
    const id = await sharedConversation(caller!);
    const share = await storeShare(caller!, id, { password: 'secret12' });
    const tries = services.flatMap(({ url }) =>
      Array.from({ length: 8 }, () => openShare(url, share, { 'share-password': 'another' })),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 403)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(6);
    const client = new Redis(redis.url);
    const keys = await client.keys(`${redis.keyPrefix}attempts:${share}*`);
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(await client.pttl(key)).toBeGreaterThan(0);
      expect(await client.pttl(key)).toBeLessThanOrEqual(minuteMs);
    }
    client.disconnect();
  });
});

describe('a Redis that goes away', () => {
  let server: PrivateRedis;
  beforeEach(async () => {
    redis = server = await PrivateRedis.start();
    await startTwo({ RATE_LIMIT_PER_MINUTE: '10' });
  });

  it('is told of by readiness and metrics, and makes no replica unready', async () => {
    for (const [isAvailable, status, fallback] of [
      [true, 'up', 0],
      [false, 'down', 1],
    ] as const) {
      if (!isAvailable) await server.down();
      await allSee(isAvailable);
      for (const caller of callers()) {
        await until(`Redis is told to be ${status}`, async () => {
          const ready = await caller.get('/health/ready');
          expect(ready.status).toBe(200);
          const { parts } = JSON.parse(ready.text) as { parts: { redis: { status: string } } };
          return parts.redis.status === status;
        });
        const { text } = await caller.get('/metrics');
        expect(text).toContain(`alice_rate_limit_fallback ${fallback}\n`);
      }
    }
  });

  it('leaves each replica its share, with one warning, and is used again when it is back', async () => {
    await server.down();
    await allSee(false);
    const statuses = (await flood(8)).map(({ status }) => status);
    expect(statuses.slice(0, 8).filter((status) => status === 200)).toHaveLength(5);
    expect(statuses.slice(8).filter((status) => status === 200)).toHaveLength(5);
    expect(linesWith('redis.away')).toHaveLength(2);
    await server.up();
    await allSee(true);
    expect(linesWith('redis.back')).toHaveLength(2);
    // For a minute more each replica keeps to its share too: Redis has forgotten what had passed.
    expect(new Set((await flood(8)).map(({ status }) => status))).toEqual(new Set([429]));
    for (const { clock } of services) clock.advance(minuteMs);
    const [first] = callers();
    const calls = Array.from({ length: 11 }, () => first!.post('chat', 'Q'));
    expect(passed(await Promise.all(calls))).toBe(10);
    expect(linesWith('redis.')).toHaveLength(4);
  });

  it('is noticed when it hangs, and is used again when it goes on', async () => {
    server.freeze();
    const answers = await flood(8);
    expect(passed(answers)).toBe(10);
    await allSee(false);
    expect(linesWith('No answer within 200 ms').length).toBeGreaterThan(0);
    server.thaw();
    await allSee(true);
    expect(linesWith('redis.away')).toHaveLength(2);
  });

  it('may have lost its scripts', async () => {
    await flood(1);
    const client = new Redis(server.url);
    await client.script('FLUSH');
    client.disconnect();
    expect(passed(await flood(10))).toBe(8);
    expect(linesWith('redis.')).toEqual([]);
  });

  it('is away while it refuses to write', async () => {
    const client = new Redis(server.url);
    await client.config('SET', 'maxmemory', '1');
    expect(passed(await flood(8))).toBe(10);
    expect(linesWith('redis.away')).toHaveLength(2);
    await client.config('SET', 'maxmemory', '0');
    client.disconnect();
    await allSee(true);
  });
});

describe('a Redis that is away when the service starts', () => {
  it('is no reason not to start, and is used as soon as it is there', async () => {
    const server = await PrivateRedis.reserve();
    redis = server;
    await startTwo({ RATE_LIMIT_PER_MINUTE: '10' });
    expect(passed(await flood(8))).toBe(10);
    await server.up();
    await allSee(true);
    // The first one's is in a log that the second has taken over.
    expect(linesWith('redis.back')).toHaveLength(2);
  });
});

describe('the password of Redis', () => {
  const password = 'hunter2-hunter2';

  it('opens it', async () => {
    redis = await PrivateRedis.start({ password });
    await startTwo({ RATE_LIMIT_PER_MINUTE: '3' });
    expect(services.map(isAvailable)).toEqual([true, true]);
    expect(passed(await flood(3))).toBe(3);
  });

  it('is not in the log when it is wrong', async () => {
    const server = await PrivateRedis.start({ password: 'another one' });
    redis = server;
    const url = new URL(server.url);
    url.password = password;
    await startTwo({ RATE_LIMIT_PER_MINUTE: '4', REDIS_URL: url.href });
    expect(passed(await flood(3))).toBe(4);
    expect(services.map(isAvailable)).toEqual([false, false]);
    expect(linesWith('WRONGPASS').length).toBeGreaterThan(0);
    expect(linesWith(password)).toEqual([]);
  });
});

describe('WRITE_LIMIT_PER_MINUTE with REDIS_URL', () => {
  it('is one count for all replicas, and another than that of model calls', async () => {
    redis = await openTestRedis();
    await startTwo({ WRITE_LIMIT_PER_MINUTE: '5', RATE_LIMIT_PER_MINUTE: '3' });
    const writes = callers().flatMap((caller) =>
      Array.from({ length: 6 }, () => caller.post('createTurbo')),
    );
    expect(passed(await Promise.all(writes))).toBe(5);
    expect(passed(await flood(4))).toBe(3);
  });
});
