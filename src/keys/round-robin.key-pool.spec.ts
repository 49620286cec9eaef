import { Logger } from '@nestjs/common';
import { RecordingLogger } from '../../test/support/recording-logger.js';
import { Clock } from '../common/time/clock.js';
import type { ApiKey } from './key-pool.js';
import type { KeySignal } from './key-signal.js';
import { RoundRobinKeyPool } from './round-robin.key-pool.js';

class FakeClock extends Clock {
  private time = 1_000_000;

  override now(): number {
    return this.time;
  }

  advance(ms: number): void {
    this.time += ms;
  }
}

const secrets = ['sk-first-1111', 'sk-second-2222', 'sk-third-3333'];
const rejected: KeySignal = { type: 'rejected' };
const quotaExhausted: KeySignal = { type: 'quota-exhausted' };
const nobody: ReadonlySet<ApiKey> = new Set();

let clock: FakeClock;
let logger: RecordingLogger;

beforeEach(() => {
  clock = new FakeClock();
  logger = new RecordingLogger();
  Logger.overrideLogger(logger);
});

function createPool(given: readonly string[] = secrets, autoRemove = true): RoundRobinKeyPool {
  return new RoundRobinKeyPool(given, autoRemove, clock);
}

function rateLimited(retryAfterMs: number | null = null): KeySignal {
  return { type: 'rate-limited', retryAfterMs };
}

/** The key that the pool lends next. */
function take(pool: RoundRobinKeyPool, refused: ReadonlySet<ApiKey> = nobody): ApiKey {
  const key = pool.next(refused);
  if (!key) throw new Error('The pool lent no key');
  return key;
}

/** The last digits of the keys that so many calls are lent. */
function lend(pool: RoundRobinKeyPool, times: number): string {
  return Array.from({ length: times }, () => pool.next(nobody)?.secret.at(-1) ?? '-').join('');
}

describe('the keys of a pool', () => {
  it('are lent in turn', () => {
    expect(lend(createPool(), 7)).toBe('1231231');
  });

  it('are lent in turn also from a pool of one', () => {
    expect(lend(createPool(['sk-only-9']), 3)).toBe('999');
  });

  it('stay in turn when they serve', () => {
    const pool = createPool();
    pool.report(take(pool), { type: 'served' });
    expect(lend(pool, 4)).toBe('2312');
  });

  it('are not lent to a call that they were refused in', () => {
    const pool = createPool();
    const first = take(pool);
    const second = take(pool, new Set([first]));
    const third = take(pool, new Set([first, second]));
    expect([first, second, third].map(({ secret }) => secret)).toEqual(secrets);
    expect(pool.next(new Set([first, second, third]))).toBeNull();
  });

  it('go on in turn for other calls when one call has them refused', () => {
    const pool = createPool();
    const first = take(pool);
    take(pool, new Set([first]));
    expect(lend(pool, 4)).toBe('3123');
  });

  it('pass over the refused one whose turn it is', () => {
    const pool = createPool();
    const first = take(pool);
    lend(pool, 2);
    expect(take(pool, new Set([first])).secret).toBe('sk-second-2222');
    expect(lend(pool, 2)).toBe('31');
  });
});

describe('a forbidden call', () => {
  it.each([true, false])('costs its key nothing, AUTO_REMOVE_KEYS=%s', (autoRemove) => {
    const pool = createPool(secrets, autoRemove);
    pool.report(take(pool), { type: 'forbidden' });
    expect(lend(pool, 3)).toBe('231');
    expect(logger.lines).toEqual([]);
  });
});

describe('a rejected key, AUTO_REMOVE_KEYS=true', () => {
  it.each([rejected, quotaExhausted])('is not lent again after %j', (signal) => {
    const pool = createPool();
    pool.report(take(pool), signal);
    expect(lend(pool, 5)).toBe('23232');
    clock.advance(100 * 24 * 3_600_000);
    expect(lend(pool, 4)).toBe('3232');
  });

  it('stays out whatever else is reported of it', () => {
    const pool = createPool();
    const first = take(pool);
    pool.report(first, rejected);
    pool.report(first, { type: 'served' });
    pool.report(first, rateLimited(5));
    clock.advance(10);
    expect(lend(pool, 4)).toBe('2323');
  });

  it('is told of once', () => {
    const pool = createPool();
    const first = take(pool);
    pool.report(first, rejected);
    pool.report(first, rejected);
    expect(logger.lines).toHaveLength(1);
  });
});

describe('a rejected key, AUTO_REMOVE_KEYS=false', () => {
  it.each([rejected, quotaExhausted])('is chosen last for 60 s after %j', (signal) => {
    const pool = createPool(secrets, false);
    const first = take(pool);
    pool.report(first, signal);
    expect(lend(pool, 4)).toBe('2323');
    const others = new Set([take(pool), take(pool)]);
    expect(pool.next(others)).toBe(first);
    clock.advance(59_999);
    expect(lend(pool, 2)).toBe('23');
    clock.advance(1);
    expect(lend(pool, 3)).toBe('123');
  });

  it('is still used when it is the only one', () => {
    const pool = createPool(['sk-only-9'], false);
    pool.report(take(pool), rejected);
    expect(lend(pool, 2)).toBe('99');
  });

  it('is not lent twice to the same call', () => {
    const pool = createPool(['sk-only-9'], false);
    const only = take(pool);
    pool.report(only, rejected);
    expect(pool.next(new Set([only]))).toBeNull();
  });

  it('goes before no key at all, but after none that is cooling has', () => {
    const pool = createPool(secrets.slice(0, 2), false);
    pool.report(take(pool), rateLimited(5_000));
    pool.report(take(pool), rejected);
    expect(lend(pool, 1)).toBe('2');
    clock.advance(5_000);
    expect(lend(pool, 2)).toBe('11');
  });
});

describe('a rate-limited key', () => {
  it('is passed over for as long as the upstream said', () => {
    const pool = createPool();
    pool.report(take(pool), rateLimited(1_500));
    expect(lend(pool, 3)).toBe('232');
    clock.advance(1_499);
    expect(lend(pool, 2)).toBe('32');
    clock.advance(1);
    expect(lend(pool, 3)).toBe('312');
  });

  it('is passed over for 20 s when the upstream said nothing', () => {
    const pool = createPool(['sk-only-9']);
    pool.report(take(pool), rateLimited());
    clock.advance(19_999);
    expect(pool.next(nobody)).toBeNull();
    clock.advance(1);
    expect(lend(pool, 1)).toBe('9');
  });

  it('keeps the longer of two waits', () => {
    const pool = createPool(['sk-only-9']);
    const only = take(pool);
    pool.report(only, rateLimited(10_000));
    pool.report(only, rateLimited(1_000));
    clock.advance(9_999);
    expect(pool.next(nobody)).toBeNull();
    clock.advance(1);
    expect(pool.next(nobody)).toBe(only);
  });

  it('is not lent, unlike one that is chosen last', () => {
    const pool = createPool(['sk-only-9'], false);
    pool.report(take(pool), rateLimited());
    expect(pool.next(nobody)).toBeNull();
  });
});

describe('a key for a question that no caller asked', () => {
  it('leaves the turn of the others alone', () => {
    const pool = createPool();
    lend(pool, 1);
    expect(pool.any()).not.toBeNull();
    expect(lend(pool, 3)).toBe('231');
  });

  it('is one that is neither removed nor cooling', () => {
    const pool = createPool();
    pool.report(take(pool), rejected);
    pool.report(take(pool), rateLimited());
    expect(pool.any()?.secret).toBe('sk-third-3333');
    pool.report(take(pool), rejected);
    expect(pool.any()).toBeNull();
    clock.advance(20_000);
    expect(pool.any()?.secret).toBe('sk-second-2222');
  });
});

describe('the shortage', () => {
  it('is that there are no keys when none was configured', () => {
    const pool = createPool([]);
    expect(pool.next(nobody)).toBeNull();
    expect(pool.shortage()).toEqual({ type: 'no-keys' });
  });

  it('is that none is usable when all were removed', () => {
    const pool = createPool();
    for (let key = pool.next(nobody); key; key = pool.next(nobody)) pool.report(key, rejected);
    expect(pool.shortage()).toEqual({ type: 'none-usable' });
  });

  it('is that all are cooling, with the time until the first one is usable', () => {
    const pool = createPool();
    for (const waitMs of [9_000, 3_000, 6_000]) pool.report(take(pool), rateLimited(waitMs));
    expect(pool.shortage()).toEqual({ type: 'all-cooling', forMs: 3_000 });
    clock.advance(1_000);
    expect(pool.shortage()).toEqual({ type: 'all-cooling', forMs: 2_000 });
  });

  it('does not count removed keys among the cooling', () => {
    const pool = createPool();
    const first = take(pool);
    pool.report(first, rateLimited(1_000));
    pool.report(first, rejected);
    pool.report(take(pool), rejected);
    pool.report(take(pool), rateLimited(7_000));
    expect(pool.shortage()).toEqual({ type: 'all-cooling', forMs: 7_000 });
  });

  it('is that none is usable when the only ones left were refused in this call', () => {
    const pool = createPool(secrets.slice(0, 1));
    pool.report(take(pool), { type: 'forbidden' });
    expect(pool.shortage()).toEqual({ type: 'none-usable' });
  });

  it('is that none is usable when all were rejected and stay, AUTO_REMOVE_KEYS=false', () => {
    const pool = createPool(secrets, false);
    for (const secret of secrets) {
      const others = new Set<ApiKey>();
      let key = take(pool);
      while (key.secret !== secret) key = take(pool, others.add(key));
      pool.report(key, rejected);
    }
    expect(pool.shortage()).toEqual({ type: 'none-usable' });
  });
});

describe('the log', () => {
  it.each<[string, KeySignal, string]>([
    ['removed', rejected, '"reason":"rejected"'],
    ['removed', quotaExhausted, '"reason":"quota-exhausted"'],
    ['cooling', rateLimited(1_500), '"reason":"rate-limited","forMs":1500'],
  ])('tells that a key is %s, why, and its last four characters', (what, signal, why) => {
    const pool = createPool(['sk-very-secret-abcd']);
    pool.report(take(pool), signal);
    expect(logger.lines).toHaveLength(1);
    expect(logger.text).toContain(`"event":"key.${what}"`);
    expect(logger.text).toContain('"key":"…abcd"');
    expect(logger.text).toContain(why);
    expect(logger.text).not.toMatch(/sk-|secret|tabcd|-abcd/);
  });

  it('shows nothing of a key whose last four characters are half of it', () => {
    const pool = createPool(['abcdefgh']);
    pool.report(take(pool), rejected);
    expect(logger.text).toContain('"key":"…"');
    expect(logger.text).not.toContain('efgh');
  });
});
