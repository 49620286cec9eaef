import type { RedisSettings } from './settings.js';
import type { VariableReader } from './variable-reader.js';

const defaultPort = 6379;

/** What REDIS_URL names; null when it is not set. */
export function readRedisSettings(read: VariableReader): RedisSettings | null {
  const value = read.get('REDIS_URL');
  const keyPrefix = read.get('REDIS_KEY_PREFIX');
  if (value === null) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  const [, db] = /^\/?(\d{0,5})$/.exec(url?.pathname ?? 'none') ?? [];
  const [username, password] = [decoded(url?.username ?? ''), decoded(url?.password ?? '')];
  const isRedis = url?.protocol === 'redis:' || url?.protocol === 'rediss:';
  const hasServer = isRedis && url.hostname !== '' && url.search === '';
  if (!hasServer || db === undefined || username === undefined || password === undefined) {
    // The value may hold a password, so it is not repeated.
    read.problems.push(
      'REDIS_URL is not usable: it takes redis://USER:PASSWORD@HOST:PORT/NUMBER, or rediss:// for TLS',
    );
    return null;
  }
  return {
    host: url.hostname.replaceAll(/[[\]]/g, ''),
    port: url.port === '' ? defaultPort : Number(url.port),
    username,
    password,
    db: Number(db),
    tls: url.protocol === 'rediss:',
    keyPrefix,
  };
}

/** Null when there is nothing, undefined when it is not what a URL may hold. */
function decoded(text: string): string | null | undefined {
  if (text === '') return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
