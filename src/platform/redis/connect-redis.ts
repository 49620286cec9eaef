import type { RedisOptions } from 'ioredis';
import type { Clock } from '../time/clock.js';
import type { RedisSettings } from '../../config/settings.js';
import { RedisConnection } from './redis.connection.js';

const connectLimitMs = 2_000;
/** For the greetings of a new connection; calls wait less. */
const commandLimitMs = 1_000;
const closeLimitMs = 100;
const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** Connects to the Redis of the settings; one that is away at the start is no reason not to start. */
export async function connectRedis(
  settings: RedisSettings,
  clock: Clock,
): Promise<RedisConnection> {
  // Loaded only here: a service without Redis does not pay for it.
  const { default: ioredis } = await import('ioredis');
  const client = new ioredis.Redis(optionsOf(settings));
  const connection = new RedisConnection(client, settings.keyPrefix, clock);
  await connection.start();
  return connection;
}

function optionsOf({ host, port, username, password, db, tls }: RedisSettings): RedisOptions {
  return {
    host,
    port,
    db,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    connectionName: 'alice',
    lazyConnect: true,
    connectTimeout: connectLimitMs,
    commandTimeout: commandLimitMs,
    disconnectTimeout: closeLimitMs,
    keepAlive: 10_000,
    // What cannot be asked now is not asked later: nobody would wait for the answer.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempts) => Math.min(attempts * firstPauseMs, longestPauseMs),
    // After a failover the name leads to another server.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  };
}
