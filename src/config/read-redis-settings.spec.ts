import { readRedisSettings } from './read-redis-settings.js';
import type { RedisSettings } from './settings.js';
import { VariableReader } from './variable-reader.js';

function read(variables: Record<string, string>): RedisSettings | null {
  const reader = new VariableReader(variables);
  const settings = readRedisSettings(reader);
  expect(reader.problems).toEqual([]);
  return settings;
}

describe('REDIS_URL', () => {
  it('needs no more than a host', () => {
    expect(read({ REDIS_URL: 'redis://cache' })).toEqual({
      host: 'cache',
      port: 6_379,
      username: null,
      password: null,
      db: 0,
      tls: false,
      keyPrefix: 'alice:',
    });
  });

  it('says who connects, how, and to which database', () => {
    expect(read({ REDIS_URL: 'rediss://al%40ice:p%3A%2Fw@cache:6380/3' })).toMatchObject({
      port: 6_380,
      username: 'al@ice',
      password: 'p:/w',
      db: 3,
      tls: true,
    });
    expect(read({ REDIS_URL: 'redis://:secret@cache/' })).toMatchObject({
      username: null,
      password: 'secret',
      db: 0,
    });
  });
});

describe('REDIS_KEY_PREFIX', () => {
  it('is what keys begin with', () => {
    const variables = { REDIS_URL: 'redis://cache', REDIS_KEY_PREFIX: 'chat:' };
    expect(read(variables)).toMatchObject({ keyPrefix: 'chat:' });
  });
});
