import { PoolBench } from '../../test/support/key-pool.js';
import { KeySelection } from './key-pool.js';
import type { AttemptOutcome } from './attempt-outcome.js';

const secondMs = 1_000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const served: AttemptOutcome = { type: 'served' };
const rejected: AttemptOutcome = { type: 'rejected' };
const forbidden: AttemptOutcome = { type: 'forbidden' };
const exhausted: AttemptOutcome = { type: 'quota-exhausted' };
const missing: AttemptOutcome = { type: 'model-not-found' };

function rateLimited(retryAfterMs: number | null = null): AttemptOutcome {
  return { type: 'rate-limited', retryAfterMs };
}

/** A pool that is not at its first call: the upstream has taken every key. */
function workingPool(names = ['a', 'b', 'c'], variables: Record<string, string> = {}): PoolBench {
  return new PoolBench(names, variables);
}

describe('keys in turn', () => {
  it('are acquired one after the other', () => {
    expect(workingPool().serve(7)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
  });

  it('are acquired in turn to calls that run at once', () => {
    const bench = workingPool();
    const calls = Array.from({ length: 6 }, () => bench.acquire(new KeySelection('model')));
    expect(calls).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('are given to a call at most once when they refuse it', () => {
    const bench = workingPool();
    const call = new KeySelection('model');
    const names = [1, 2, 3, 4].map(() => bench.use(exhausted, call));
    expect(names).toEqual(['a', 'b', 'c', null]);
  });

  it('that failed a call are given to it again when no other is left', () => {
    const bench = workingPool(['a', 'b']);
    const call = new KeySelection('model');
    const names = [1, 2, 3].map(() => bench.use({ type: 'fault' }, call));
    expect(new Set(names.slice(0, 2))).toEqual(new Set(['a', 'b']));
    expect(names[2]).not.toBeNull();
  });

  it('are not scanned when thousands of them are dead', () => {
    const names = Array.from({ length: 3_000 }, (_, index) => `key-${index}`);
    const bench = workingPool(names);
    const call = new KeySelection('model');
    for (const name of names.slice(0, 2_998)) bench.report(name, exhausted, call);
    bench.report('key-2998', served, call);
    const looks = jest.spyOn(bench.key('key-0'), 'canServe');
    expect(new Set(bench.serve(50))).toEqual(new Set(['key-2998', 'key-2999']));
    expect(looks).not.toHaveBeenCalled();
  });
});

describe('a name that is no model', () => {
  it.each([
    [['a'], rejected],
    [['a'], exhausted],
    [['a', 'b'], rejected],
    [['a', 'b'], exhausted],
  ])('changes none of %j, whatever is said of their accounts: %j', (names, outcome) => {
    const bench = workingPool(names);
    for (let time = 0; time < 3; time += 1) {
      const call = new KeySelection('nope', null, false);
      for (const name of names) bench.report(name, outcome, call);
      expect(bench.pool.shortage(call)).toEqual({ type: 'refused-by-all', outcome: outcome.type });
      bench.pool.clear(call);
      bench.clock.advance(minuteMs);
    }
    expect(bench.changes).toEqual([]);
    expect(bench.serve(1)).toEqual(['a']);
  });

  it('leaves a key suspect whose account is refused while another serves', () => {
    const bench = workingPool(['a', 'b']);
    bench.prove('a', rejected, new KeySelection('nope', null, false));
    expect(bench.changes).toEqual([]);
    expect(bench.serve(3)).not.toContain('a');
    bench.clock.advance(minuteMs);
    expect(bench.serve(2)).toContain('a');
  });
});

describe('a rejected key', () => {
  it('is invalid once another key served the same call, and not used again', () => {
    const bench = workingPool();
    const call = new KeySelection('model');
    expect(bench.use(rejected, call)).toBe('a');
    expect(bench.key('a').state).toBe('active');
    bench.serve(4);
    expect(bench.key('a').state).toBe('active');
    expect(bench.use(served, call)).not.toBe('a');
    expect(bench.key('a')).toMatchObject({
      state: 'invalid',
      reason: 'rejected',
      consecutiveFailures: 1,
    });
    expect(bench.key('a').until).toBe(bench.clock.monotonic() + 5 * minuteMs);
    bench.clock.advance(100 * 24 * hourMs);
    expect(bench.serve(6)).not.toContain('a');
  });

  it('is not asked while others serve, until that is known or a minute is over', () => {
    const bench = workingPool();
    expect(bench.use(rejected)).toBe('a');
    expect(bench.serve(4)).not.toContain('a');
    bench.clock.advance(minuteMs);
    expect(bench.serve(3)).toContain('a');
  });

  it('stays what it is when the call ends without an answer', () => {
    const bench = workingPool();
    for (const outcome of ['fault', 'abandoned', 'request-refused', 'timeout'] as const) {
      const call = new KeySelection('model');
      bench.report('a', rejected, call);
      bench.report('b', { type: outcome }, call);
    }
    bench.clock.advance(hourMs);
    bench.pool.tick();
    expect(bench.changes).toEqual([]);
  });

  it('stays what it is when it has served since', () => {
    const bench = workingPool();
    const call = new KeySelection('model');
    bench.report('a', rejected, call);
    bench.clock.advance(1);
    bench.report('a', served);
    bench.report('b', served, call);
    expect(bench.changes).toEqual([]);
  });

  it('costs nothing when every key is told the same: that is the upstream', () => {
    const bench = workingPool();
    const call = new KeySelection('model');
    expect(['a', 'b', 'c'].map((name) => bench.report(name, rejected, call))).toEqual([
      'next-key',
      'next-key',
      'next-key',
    ]);
    expect(bench.acquire(call)).toBeNull();
    expect(bench.pool.shortage(call)).toEqual({ type: 'refused-by-all', outcome: 'rejected' });
    bench.pool.clear(call);
    expect(bench.changes).toEqual([]);
    expect(new Set(bench.serve(3))).toEqual(new Set(['a', 'b', 'c']));
  });

  it('is marked when it is the only one: that says nothing of every key', () => {
    const bench = workingPool(['a']);
    const call = new KeySelection('model');
    expect(bench.report('a', rejected, call)).toBe('next-key');
    expect(bench.key('a').state).toBe('invalid');
    expect(bench.pool.shortage(call)).toEqual({ type: 'none-usable' });
  });

  it('is marked when the others are out already', () => {
    const bench = workingPool(['a', 'b', 'c']);
    bench.prove('c', exhausted);
    const { health } = bench.key('b');
    const disabled = { ...health, state: 'disabled' as const };
    bench.registry.set(bench.key('b'), disabled, bench.clock.monotonic(), 'operator');
    bench.report('a', rejected);
    expect(bench.key('a').state).toBe('invalid');
  });

  it('is one of different refusals that prove nothing of each other', () => {
    const bench = workingPool(['a', 'b', 'c']);
    const call = new KeySelection('model');
    bench.report('a', rejected, call);
    bench.report('b', forbidden, call);
    bench.report('c', exhausted, call);
    expect(bench.pool.shortage(call)).toEqual({ type: 'none-usable' });
    expect(bench.changes).toEqual([]);
  });
});

describe('a call that keys refuse', () => {
  const names = Array.from({ length: 12 }, (_, index) => `key-${index}`);

  it('asks at most 8 of them', () => {
    const bench = workingPool(names);
    const call = new KeySelection('model');
    const asked = names.map(() => bench.use(forbidden, call));
    expect(asked.filter((name) => name !== null)).toHaveLength(8);
    expect(bench.pool.shortage(call)).toEqual({ type: 'refused-by-all', outcome: 'forbidden' });
    expect(bench.changes).toEqual([]);
  });

  it('goes on with a key that is not suspect, so that dead ones are found out one by one', () => {
    const bench = workingPool(names);
    // Those that come first, while keys that are passed over give their places to the last ones.
    const dead = new Set(names.filter((_, index) => index < 6 || index > 9));
    /** Asks with one call until a key serves. */
    const ask = (): (string | null)[] => {
      const call = new KeySelection('model');
      const asked: (string | null)[] = [];
      for (let key = bench.pool.next(call); key !== null; key = bench.pool.next(call)) {
        const name = key.secret.slice(3);
        asked.push(name);
        const outcome = dead.has(name) ? rejected : served;
        if (bench.pool.report(call, key, { outcome }) === 'go-on') return asked;
      }
      bench.pool.clear(call);
      return [...asked, null];
    };
    expect(ask()).toContain(null);
    expect(bench.changes).toEqual([]);
    for (let minute = 0; minute < 10; minute += 1) {
      bench.clock.advance(minuteMs);
      for (let time = 0; time < names.length; time += 1) {
        const asked = ask();
        expect(asked).not.toContain(null);
        expect(asked.length).toBeLessThanOrEqual(2);
      }
    }
    expect(names.filter((name) => bench.key(name).state === 'invalid')).toEqual([...dead]);
  });

  it.each<AttemptOutcome>([
    forbidden,
    missing,
    { type: 'payment-required' },
    { type: 'too-large' },
  ])('is itself to blame when all say the same: %j', (outcome) => {
    const bench = workingPool(['a', 'b']);
    const call = new KeySelection('model');
    bench.report('a', outcome, call);
    bench.report('b', outcome, call);
    expect(bench.pool.shortage(call)).toEqual({ type: 'refused-by-all', outcome: outcome.type });
    bench.pool.clear(call);
    expect(bench.changes).toEqual([]);
    expect(bench.serve(2)).toEqual(['a', 'b']);
  });

  it('keeps a conversation with its key when all are suspect', () => {
    const bench = workingPool(names);
    const [own] = bench.serve(1, 'model', 'conv_1');
    const call = new KeySelection('model');
    for (const name of names) bench.report(name, forbidden, call);
    expect(bench.serve(3, 'model', 'conv_1')).toEqual([own, own, own]);
  });
});

describe('a key that does not answer', () => {
  it('is passed over for a minute, by a conversation that prefers it too', () => {
    const bench = workingPool(['a', 'b']);
    const affinity = ['1', '2', '3', '4', '5', '6', '7', '8'].find(
      (id) => bench.serve(1, 'model', id)[0] === 'a',
    );
    bench.report('a', { type: 'timeout' });
    expect(bench.serve(3)).toEqual(['b', 'b', 'b']);
    expect(bench.serve(2, 'model', affinity)).toEqual(['b', 'b']);
    expect(bench.changes).toEqual([]);
    bench.clock.advance(minuteMs);
    expect(bench.serve(2, 'model', affinity)).toEqual(['a', 'a']);
  });

  it('is tried by one call then, not by all that come before it is silent again', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', { type: 'timeout' });
    bench.clock.advance(minuteMs);
    const names = Array.from({ length: 6 }, () => bench.acquire(new KeySelection('model')));
    expect(names.filter((name) => name === 'a')).toHaveLength(1);
  });

  it('is in turn again when it serves', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', { type: 'timeout' });
    bench.clock.advance(1);
    bench.report('a', served);
    expect(new Set(bench.serve(2))).toEqual(new Set(['a', 'b']));
  });

  it('is used while there is no other', () => {
    const bench = workingPool(['a']);
    bench.report('a', { type: 'timeout' });
    expect([
      bench.acquire(new KeySelection('model')),
      bench.acquire(new KeySelection('model')),
    ]).toEqual(['a', 'a']);
  });

  it.each([
    [15_000, ['b', 'b']],
    [14_999, ['a', 'b']],
  ])('is one whose caller left after %i ms of silence', (ms, next) => {
    const bench = workingPool(['a', 'b']);
    const call = new KeySelection('model');
    const key = bench.pool.next(call);
    bench.serve(1);
    bench.clock.advance(ms);
    if (key) bench.pool.report(call, key, { outcome: { type: 'abandoned' } });
    expect(bench.serve(2)).toEqual(next);
  });
});

describe('a rejected key without AUTO_REMOVE_KEYS', () => {
  it('is deprioritized for a minute', () => {
    const bench = workingPool(['a', 'b'], { AUTO_REMOVE_KEYS: 'false' });
    bench.prove('a', rejected);
    expect(bench.serve(3)).toEqual(['b', 'b', 'b']);
    expect(bench.key('a')).toMatchObject({ state: 'cooling', reason: 'rejected' });
    bench.report('b', rateLimited(5 * minuteMs));
    expect(bench.acquire(new KeySelection('model'))).toBe('a');
  });

  it('is in turn again after that', () => {
    const bench = workingPool(['a', 'b'], { AUTO_REMOVE_KEYS: 'false' });
    bench.prove('a', rejected);
    bench.clock.advance(minuteMs);
    expect(new Set(bench.serve(4))).toEqual(new Set(['a', 'b']));
  });

  it('is as good as new when it serves', () => {
    const bench = workingPool(['a', 'b'], { AUTO_REMOVE_KEYS: 'false' });
    bench.prove('a', rejected);
    bench.report('b', rateLimited(hourMs));
    expect(bench.serve(1)).toEqual(['a']);
    expect(bench.key('a')).toMatchObject({ state: 'active', consecutiveFailures: 0 });
  });
});

describe('a forbidden key', () => {
  it('is suspended for that model only', () => {
    const bench = workingPool(['a', 'b']);
    bench.prove('a', forbidden, new KeySelection('big'));
    expect(bench.serve(3, 'big')).toEqual(['b', 'b', 'b']);
    expect(new Set(bench.serve(4, 'small'))).toEqual(new Set(['a', 'b']));
    expect(bench.key('a').restrictions).toEqual([
      {
        model: 'big',
        state: 'suspended',
        reason: 'forbidden',
        until: bench.clock.monotonic() + hourMs,
        consecutiveFailures: 1,
      },
    ]);
  });

  it('is tried again when the time is over, and waits twice as long then', () => {
    const bench = workingPool(['a', 'b']);
    bench.prove('a', forbidden, new KeySelection('big'));
    bench.clock.advance(hourMs);
    expect(new Set(bench.serve(2, 'big'))).toEqual(new Set(['a', 'b']));
    expect(bench.key('a').restrictions).toEqual([]);
    bench.prove('a', forbidden, new KeySelection('big'));
    bench.clock.advance(hourMs);
    bench.prove('a', forbidden, new KeySelection('big'));
    expect(bench.key('a').restriction('big')).toMatchObject({
      until: bench.clock.monotonic() + 2 * hourMs,
      consecutiveFailures: 2,
    });
  });

  it.each([
    [forbidden, 'suspended'],
    [{ type: 'payment-required' as const }, 'exhausted'],
  ])(
    '%j of a model that nobody knows changes nothing, of every configured one %s',
    (outcome, state) => {
      const bench = workingPool(['a', 'b']);
      for (const model of ['nope-1', 'nope-2', 'nope-3']) {
        bench.prove('a', outcome, new KeySelection(model, null, false));
      }
      expect(bench.changes).toEqual([]);
      bench.prove('a', outcome, new KeySelection('gpt-6-luna'));
      expect(bench.key('a').state).toBe('active');
      bench.prove('a', outcome, new KeySelection('gpt-6-sol'));
      expect(bench.key('a').state).toBe(state);
    },
  );

  it('costs no other model, however many are refused, while a configured one is not', () => {
    const bench = workingPool(['a', 'b']);
    const refused = ['listed-1', 'listed-2', 'gpt-6-sol', 'listed-3'];
    for (const model of refused) bench.prove('a', forbidden, new KeySelection(model));
    expect(bench.serve(2, 'gpt-6-luna')).toContain('a');
    for (const model of refused) expect(bench.serve(2, model)).toEqual(['b', 'b']);
  });

  it('is suspended for all when every configured model is refused', () => {
    const bench = workingPool(['a', 'b']);
    bench.prove('a', forbidden, new KeySelection('gpt-6-luna'));
    bench.prove('a', forbidden, new KeySelection('gpt-6-sol'));
    expect(bench.key('a')).toMatchObject({ state: 'suspended', reason: 'forbidden' });
    expect(bench.serve(3, 'third')).toEqual(['b', 'b', 'b']);
    bench.clock.advance(hourMs);
    expect(bench.serve(2, 'third')).toContain('a');
  });

  it('stays active for other models when the only configured one is refused, until another is', () => {
    const only = { GPT3_MODEL: 'one', TURBO_MODEL: 'one', GPT4_MODEL: 'one' };
    const bench = workingPool(['a', 'b'], only);
    bench.prove('a', forbidden, new KeySelection('one'));
    expect(bench.key('a').state).toBe('active');
    expect(bench.serve(2, 'listed')).toContain('a');
    bench.prove('a', forbidden, new KeySelection('listed'));
    expect(bench.key('a').state).toBe('suspended');
  });

  it('remembers at most 32 models, those that wait longest', () => {
    const bench = workingPool(['a', 'b']);
    for (let index = 0; index < 40; index += 1) {
      bench.clock.advance(secondMs);
      bench.prove('a', missing, new KeySelection(`model-${index}`));
    }
    const models = bench.key('a').restrictions.map(({ model }) => model);
    expect(models).toHaveLength(32);
    expect(models).toContain('model-39');
    expect(models).not.toContain('model-0');
  });

  it('leaves turns right when more models are restricted than have turns of their own', () => {
    const names = ['a', 'b', 'c', 'd'];
    const bench = workingPool(names);
    for (let index = 0; index < 80; index += 1) {
      bench.prove(names[index % 4] ?? '', missing, new KeySelection(`model-${index}`));
    }
    for (let index = 0; index < 80; index += 1) {
      const others = names.filter((_, place) => place !== index % 4);
      expect(new Set(bench.serve(3, `model-${index}`))).toEqual(new Set(others));
    }
  });
});

describe('an exhausted key', () => {
  it('waits for a probe, which is due in an hour', () => {
    const bench = workingPool();
    bench.prove('a', exhausted);
    expect(bench.key('a')).toMatchObject({ state: 'exhausted', reason: 'quota-exhausted' });
    expect(bench.key('a').until).toBe(bench.clock.monotonic() + hourMs);
    bench.clock.advance(2 * hourMs);
    expect(bench.serve(6)).not.toContain('a');
  });

  it('has one call to itself when it is back, until that is served', () => {
    const bench = workingPool(['a', 'b']);
    bench.prove('a', exhausted);
    const key = bench.key('a');
    const back = { ...key.health, state: 'active' as const, reason: null, until: null };
    bench.registry.set(key, back, bench.clock.monotonic(), 'pool');
    const call = new KeySelection('model');
    const names = [
      bench.acquire(call),
      ...[1, 2, 3].map(() => bench.acquire(new KeySelection('model'))),
    ];
    expect(names.filter((name) => name === 'a')).toHaveLength(1);
    bench.report('a', served, call);
    expect(bench.key('a').consecutiveFailures).toBe(0);
    expect(bench.serve(2)).toContain('a');
  });

  it('stays out when a call that ran before is served', () => {
    const bench = workingPool();
    const early = new KeySelection('model');
    bench.acquire(early);
    bench.prove('a', exhausted);
    bench.report('a', served, early);
    expect(bench.key('a').state).toBe('exhausted');
  });

  it('counts refusals of calls that ran before as one', () => {
    const bench = workingPool();
    for (let call = 0; call < 5; call += 1) bench.prove('a', exhausted);
    expect(bench.key('a')).toMatchObject({
      consecutiveFailures: 1,
      until: bench.clock.monotonic() + hourMs,
    });
  });

  it('is one without proof when nothing was served for a minute', () => {
    const bench = workingPool(['a', 'b']);
    const ask = (): void => {
      const call = new KeySelection('model');
      bench.report('a', exhausted, call);
      bench.report('b', exhausted, call);
      expect(bench.pool.shortage(call)).toEqual({ type: 'none-usable' });
    };
    ask();
    bench.clock.advance(minuteMs - 1);
    ask();
    expect(bench.changes).toEqual([]);
    bench.clock.advance(1);
    ask();
    expect([bench.key('a').state, bench.key('b').state]).toEqual(['exhausted', 'exhausted']);
  });

  it('is none when something was served in between', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', exhausted);
    bench.clock.advance(minuteMs / 2);
    bench.report('a', served);
    bench.clock.advance(minuteMs / 2);
    bench.report('a', exhausted);
    expect(bench.key('a').state).toBe('active');
  });

  it('is one at once when it is the only one', () => {
    const bench = workingPool(['a']);
    bench.report('a', exhausted);
    expect(bench.key('a').state).toBe('exhausted');
  });
});

describe('a rate limited key', () => {
  function limitOf(bench: PoolBench, name: string, model = 'model'): number | undefined {
    const restriction = bench.key(name).restriction(model);
    return restriction && restriction.until - bench.clock.monotonic();
  }

  it('cools for as long as the upstream says', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', rateLimited(7_000));
    bench.clock.advance(6_999);
    expect(bench.serve(2)).toEqual(['b', 'b']);
    bench.clock.advance(1);
    expect(bench.serve(2)).toContain('a');
  });

  it('cools for the model that was asked for', () => {
    const bench = workingPool(['a', 'b']);
    for (const name of ['a', 'b'])
      bench.report(name, rateLimited(3_500_000), new KeySelection('big'));
    expect(bench.serve(1, 'big')).toEqual([null]);
    expect(bench.serve(2, 'small')).toEqual(['a', 'b']);
  });

  it('does not cool for a name that nobody knows', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', rateLimited(3_500_000), new KeySelection('nope', null, false));
    expect(bench.changes).toEqual([]);
  });

  it('cools when it is the only one', () => {
    const bench = workingPool(['a']);
    const call = new KeySelection('model');
    bench.report('a', rateLimited(2_000), call);
    expect(bench.pool.shortage(call)).toEqual({ type: 'all-cooling', forMs: 2_000, waitMs: null });
    expect(bench.acquire(new KeySelection('model'))).toBeNull();
  });

  it('cools until the later of two deadlines', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', rateLimited(7_000));
    bench.report('a', rateLimited(30_000));
    bench.report('a', rateLimited(2_000));
    expect(limitOf(bench, 'a')).toBe(30_000);
  });

  it('cools twice as long each time in a row, and counts calls that ran before once', () => {
    const bench = workingPool(['a', 'b']);
    const lengths = [1, 2, 3, 4, 5, 6].map(() => {
      bench.report('a', rateLimited());
      bench.report('a', rateLimited());
      const length = limitOf(bench, 'a') ?? 0;
      bench.clock.advance(length);
      bench.pool.tick();
      return length;
    });
    expect(lengths).toEqual([20, 40, 80, 160, 300, 300].map((seconds) => seconds * secondMs));
    bench.report('a', served);
    bench.report('a', rateLimited());
    expect(limitOf(bench, 'a')).toBe(20_000);
  });

  it('lets calls come one by one when it is over, and more with each that is served', () => {
    const bench = workingPool(['a']);
    bench.report('a', rateLimited(1_000));
    bench.clock.advance(1_000);
    for (const atOnce of [1, 2, 4, 8, 16]) {
      const calls = Array.from({ length: 40 }, () => new KeySelection('model')).filter((call) => {
        return bench.acquire(call) !== null;
      });
      expect(calls).toHaveLength(atOnce);
      for (const call of calls) bench.report('a', served, call);
    }
  });

  it('lets through at once what it let through before, then one by one again', () => {
    const bench = workingPool(['a']);
    /** Serves so many of as many calls as are let through. @returns how many were refused */
    const crowd = (servable: number): number => {
      let served_ = 0;
      for (;;) {
        const calls: KeySelection[] = [];
        for (
          let call = new KeySelection('model');
          bench.acquire(call);
          call = new KeySelection('model')
        ) {
          calls.push(call);
        }
        const refused = calls.slice(Math.max(servable - served_, 0));
        served_ += calls.length - refused.length;
        for (const call of calls.slice(0, calls.length - refused.length)) {
          bench.report('a', served, call);
        }
        for (const call of refused) bench.report('a', rateLimited(1_000), call);
        if (refused.length > 0) return refused.length;
      }
    };
    bench.report('a', rateLimited(1_000));
    const refusals = [1, 2, 3, 4].map(() => {
      bench.clock.advance(1_000);
      return crowd(10);
    });
    expect(refusals).toEqual([5, 1, 1, 1]);
  });

  it('counts a call as let through when it was not refused for 2 s', () => {
    const bench = workingPool(['a']);
    bench.report('a', rateLimited(1_000));
    bench.clock.advance(1_000);
    const acquired = (): number => {
      let count = 0;
      while (bench.acquire(new KeySelection('model'))) count += 1;
      return count;
    };
    const counts = [acquired()];
    bench.clock.advance(1_999);
    counts.push(acquired());
    bench.clock.advance(1);
    counts.push(acquired());
    bench.clock.advance(2_000);
    counts.push(acquired());
    expect(counts).toEqual([1, 0, 2, 4]);
  });
});

describe('the clock of the machine', () => {
  describe.each([-hourMs, 40_000])('may be set by %i ms', (ms) => {
    it.each<[string, string[], (bench: PoolBench) => void]>([
      [
        'a rate limit',
        ['a'],
        (bench) => {
          bench.report('a', rateLimited(2_000));
        },
      ],
      [
        'a cooldown of all keys',
        ['a', 'b', 'c'],
        (bench) => {
          for (const name of ['a', 'b', 'c']) bench.report(name, rateLimited(2_000));
        },
      ],
      [
        'a suspension',
        ['a'],
        (bench) => {
          const key = bench.key('a');
          const until = bench.clock.monotonic() + 2_000;
          const suspended = { ...key.health, state: 'suspended' as const, until };
          bench.registry.set(key, suspended, bench.clock.monotonic(), 'pool');
        },
      ],
    ])('%s lasts as long as it should', (_what, names, limit) => {
      const bench = workingPool(names);
      limit(bench);
      bench.clock.setBy(ms);
      bench.clock.advance(1_999);
      expect(bench.acquire(new KeySelection('model'))).toBeNull();
      bench.clock.advance(1);
      expect(bench.acquire(new KeySelection('model'))).not.toBeNull();
    });

    it('a trial does', () => {
      const bench = workingPool(['a']);
      const key = bench.key('a');
      bench.registry.set(
        key,
        { ...key.health, consecutiveFailures: 1 },
        bench.clock.monotonic(),
        'pool',
      );
      expect(bench.acquire(new KeySelection('model'))).toBe('a');
      bench.clock.setBy(ms);
      expect(bench.acquire(new KeySelection('model'))).toBeNull();
      bench.clock.advance(10_000);
      expect(bench.acquire(new KeySelection('model'))).toBe('a');
    });
  });
});

describe('a model that is not found', () => {
  it('is not asked for with that key for a minute', () => {
    const bench = workingPool(['a', 'b']);
    bench.prove('a', missing, new KeySelection('big'));
    expect(bench.serve(2, 'big')).toEqual(['b', 'b']);
    bench.clock.advance(minuteMs);
    expect(bench.serve(2, 'big')).toContain('a');
  });
});

describe('what is not the fault of a key', () => {
  it.each<AttemptOutcome['type']>([
    'region-blocked',
    'fenced',
    'too-large',
    'unknown-model',
    'request-refused',
    'broken',
    'abandoned',
  ])('costs it nothing: %s', (type) => {
    const bench = workingPool();
    for (let time = 0; time < 5; time += 1) bench.report('a', { type } as AttemptOutcome);
    expect(bench.changes).toEqual([]);
    expect(bench.serve(3)).toContain('a');
  });
});

describe('a key that fails', () => {
  const fault: AttemptOutcome = { type: 'fault' };

  it('once is not passed over, and not twice when it served in between', () => {
    const bench = workingPool();
    for (const outcome of [fault, served, fault, served, fault]) bench.report('a', outcome);
    expect(bench.serve(3)).toContain('a');
  });

  it('again while others serve is passed over, a minute at a time, until it serves', () => {
    const bench = workingPool();
    bench.report('a', fault);
    bench.report('b', served);
    bench.report('a', fault);
    expect(bench.serve(4)).not.toContain('a');
    bench.clock.advance(minuteMs);
    const calls = [1, 2, 3].map(() => new KeySelection('model'));
    const names = calls.map((call) => bench.acquire(call));
    expect(names).toContain('a');
    bench.report('a', fault, calls[names.indexOf('a')]);
    expect(bench.serve(4)).not.toContain('a');
    bench.clock.advance(minuteMs);
    expect(bench.serve(3)).toContain('a');
    expect(bench.serve(3)).toContain('a');
    expect(bench.changes).toEqual([]);
  });

  it('is not followed by another that is known to, while one may serve', () => {
    const bench = workingPool(['a', 'b', 'c', 'd']);
    for (const name of ['a', 'b', 'c']) bench.report(name, fault);
    bench.report('d', served);
    for (const name of ['a', 'b', 'c']) bench.report(name, fault);
    bench.clock.advance(minuteMs);
    for (let time = 0; time < 4; time += 1) {
      const call = new KeySelection('model');
      if (bench.use(fault, call) !== 'd') expect(bench.acquire(call)).toBe('d');
    }
  });

  it('stays in turn when all of them do: that is the upstream', () => {
    const bench = workingPool();
    for (const name of ['a', 'b', 'c', 'a', 'b', 'a']) bench.report(name, fault);
    expect(new Set(bench.serve(3))).toEqual(new Set(['a', 'b', 'c']));
  });
});

describe('a key that stays silent whenever it is tried', () => {
  it('is tried ever less often, until it serves', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', { type: 'timeout' });
    const waits = [];
    for (let minutes = 1; waits.length < 7; minutes += 1) {
      bench.clock.advance(minuteMs);
      const calls = [new KeySelection('model'), new KeySelection('model')];
      const place = calls.map((call) => bench.acquire(call)).indexOf('a');
      for (const call of calls) if (call !== calls[place]) bench.report('b', served, call);
      if (place < 0) continue;
      bench.report('a', { type: 'timeout' }, calls[place]);
      waits.push(minutes);
      minutes = 0;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 16, 16]);
  });
});

describe('three keys that are rate limited at once', () => {
  it('let one call a second see whether another key serves, which ends it', () => {
    const bench = workingPool(['a', 'b', 'c', 'd', 'e']);
    const limit = rateLimited(60_000);
    for (const name of ['a', 'b', 'c']) bench.report(name, limit);
    const ask = (outcome: AttemptOutcome) => [bench.use(outcome), bench.use(outcome)];
    expect(ask(limit)).toEqual([null, null]);
    const refused = new KeySelection('model');
    bench.report('a', limit, refused);
    bench.clock.advance(secondMs);
    expect(bench.acquire(refused)).toBeNull();
    const [limited, next] = ask(limit);
    expect(['d', 'e']).toContain(limited);
    expect(next).toBeNull();
    bench.clock.advance(secondMs);
    const other = limited === 'd' ? 'e' : 'd';
    expect(ask(served)).toEqual([other, other]);
  });

  it.each([1, 3])('cool together, as long as the longest, whether %i call met it', (calls) => {
    const bench = workingPool(['a', 'b', 'c', 'd', 'e']);
    const asking = Array.from({ length: calls }, () => new KeySelection('model'));
    bench.report('a', rateLimited(3_000), asking[0]);
    bench.report('b', rateLimited(9_000), asking[1 % calls]);
    expect(bench.acquire(new KeySelection('model'))).not.toBeNull();
    bench.report('c', rateLimited(5_000), asking[2 % calls]);
    expect(bench.acquire(new KeySelection('model'))).toBeNull();
    expect(bench.pool.shortage(new KeySelection('model'))).toMatchObject({
      type: 'pool-cooling',
      forMs: 9_000,
    });
  });

  it('cool together for their model only, known or not', () => {
    const bench = workingPool(['a', 'b', 'c', 'd']);
    for (const name of ['a', 'b', 'c']) {
      bench.report(name, rateLimited(5_000), new KeySelection('nope', null, false));
    }
    expect(bench.serve(1, 'nope')).toEqual([null]);
    expect(bench.serve(4)).not.toContain(null);
    expect(bench.changes).toEqual([]);
  });

  it('cool for at most 5 minutes', () => {
    const bench = workingPool(['a', 'b', 'c']);
    for (const name of ['a', 'b', 'c']) bench.report(name, rateLimited(hourMs));
    expect(bench.pool.shortage(new KeySelection('model'))).toMatchObject({ forMs: 5 * minuteMs });
  });

  it.each<[string, (bench: PoolBench) => void]>([
    [
      'there are only two of them',
      (bench) => {
        for (const name of ['a', 'b', 'a', 'b']) bench.report(name, rateLimited(5_000));
      },
    ],
    [
      'they come more than 2 s apart',
      (bench) => {
        for (const name of ['a', 'b', 'c']) {
          bench.report(name, rateLimited(60_000));
          bench.clock.advance(1_100);
        }
      },
    ],
    [
      'another key serves in between',
      (bench) => {
        bench.report('a', rateLimited(5_000));
        bench.report('b', rateLimited(5_000));
        bench.report('d', served);
        bench.report('c', rateLimited(5_000));
      },
    ],
  ])('cool each for itself when %s', (_what, meet) => {
    const bench = workingPool(['a', 'b', 'c', 'd']);
    meet(bench);
    expect(bench.serve(1)).not.toEqual([null]);
  });

  it('let one call try when the time is over, and more with each that is served', () => {
    const bench = workingPool(['a', 'b', 'c', 'd']);
    for (const name of ['a', 'b', 'c']) bench.report(name, rateLimited(5_000));
    bench.clock.advance(5_000);
    for (const atOnce of [1, 2, 4]) {
      const calls = Array.from({ length: 40 }, () => new KeySelection('model')).filter((call) => {
        return bench.acquire(call) !== null;
      });
      expect(calls).toHaveLength(atOnce);
      for (const call of calls) bench.report('d', served, call);
    }
  });

  it('wait again when that call is rate limited too', () => {
    const bench = workingPool(['a', 'b', 'c', 'd']);
    for (const name of ['a', 'b', 'c']) bench.report(name, rateLimited(5_000));
    bench.clock.advance(5_000);
    expect(bench.use(rateLimited(8_000))).not.toBeNull();
    expect(bench.acquire(new KeySelection('model'))).toBeNull();
    expect(bench.pool.shortage(new KeySelection('model'))).toMatchObject({ forMs: 8_000 });
  });

  it('let another call try when the first one ends without an answer', () => {
    const bench = workingPool(['a', 'b', 'c', 'd']);
    for (const name of ['a', 'b', 'c']) bench.report(name, rateLimited(5_000));
    bench.clock.advance(5_000);
    expect(bench.use({ type: 'abandoned' })).not.toBeNull();
    expect(bench.acquire(new KeySelection('model'))).not.toBeNull();
  });

  it('are not one when a call that is still open is served', () => {
    const bench = workingPool(['a', 'b', 'c', 'd']);
    const open = new KeySelection('model');
    for (let name = bench.acquire(open); name !== 'd'; name = bench.acquire(open)) {
      bench.report(name ?? '', { type: 'fault' }, open);
    }
    for (const name of ['a', 'b', 'c']) bench.report(name, rateLimited(5_000));
    expect(bench.pool.shortage(new KeySelection('model'))).toMatchObject({ mayBeDisproved: true });
    bench.report('d', served, open);
    expect(bench.serve(2)).toEqual(['d', 'd']);
  });
});

describe('the shortage', () => {
  it('is of keys when there are none', () => {
    const bench = workingPool([]);
    expect(bench.acquire(new KeySelection('model'))).toBeNull();
    expect(bench.pool.shortage(new KeySelection('model'))).toEqual({ type: 'no-keys' });
  });

  it('is of usable keys when probes or operators must help', () => {
    const bench = workingPool(['a', 'b']);
    bench.prove('a', exhausted);
    bench.report('b', exhausted);
    expect(bench.pool.shortage(new KeySelection('model'))).toEqual({ type: 'none-usable' });
  });

  it('is of keys for the model when others may be asked for', () => {
    const bench = workingPool(['a', 'b']);
    bench.prove('a', missing, new KeySelection('big'));
    bench.prove('b', forbidden, new KeySelection('big'));
    expect(bench.pool.shortage(new KeySelection('big'))).toEqual({ type: 'none-for-model' });
    expect(bench.serve(1, 'small')).not.toEqual([null]);
  });

  it('is of time when keys are cooling: until the first, and until the first that was not tried', () => {
    const bench = workingPool(['a', 'b']);
    const call = new KeySelection('model');
    bench.report('a', rateLimited(5_000), call);
    bench.report('b', rateLimited(9_000));
    expect(bench.pool.shortage(call)).toEqual({ type: 'all-cooling', forMs: 5_000, waitMs: 9_000 });
    bench.report('b', rateLimited(9_000), call);
    expect(bench.pool.shortage(call)).toEqual({ type: 'all-cooling', forMs: 5_000, waitMs: null });
  });

  it('is of time also when that time runs out while it is told', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', rateLimited(5_000));
    bench.report('b', rateLimited(5_000));
    const call = new KeySelection('model');
    expect(bench.pool.next(call)).toBeNull();
    bench.clock.advance(5_000);
    expect(bench.pool.shortage(call)).toEqual({ type: 'all-cooling', forMs: 1, waitMs: 1 });
    expect(bench.pool.next(call)).not.toBeNull();
  });

  it('is of time when one key is limited and another one refuses', () => {
    const bench = workingPool(['a', 'b']);
    const call = new KeySelection('model');
    bench.report('a', rejected, call);
    bench.report('b', rateLimited(9_000), call);
    expect(bench.pool.shortage(call)).toMatchObject({ type: 'all-cooling', forMs: 9_000 });
    expect(bench.key('a').state).toBe('active');
  });
});

describe('calls that wait', () => {
  const never = new AbortController().signal;

  it('are given keys in the order in which they came, as many as the key lets through', async () => {
    const bench = workingPool(['a']);
    bench.report('a', rateLimited(5_000));
    const given: number[] = [];
    const calls = Array.from({ length: 7 }, () => new KeySelection('model'));
    const waits = calls.map(async (call, index) => {
      if (await bench.pool.wait(call, 600_000, never)) given.push(index);
    });
    bench.clock.advance(5_000);
    const next = new KeySelection('model');
    expect(bench.acquire(next)).toBeNull();
    await settled();
    expect(given).toEqual([0]);
    bench.report('a', served, calls[0]);
    expect(bench.acquire(next)).toBeNull();
    await settled();
    expect(given).toEqual([0, 1, 2]);
    for (const call of calls.slice(1, 3)) bench.report('a', served, call);
    await Promise.all(waits);
    expect(given).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('are told of a key by themselves when its time is over', async () => {
    const bench = workingPool(['a']);
    bench.report('a', rateLimited(1));
    const key = bench.pool.wait(new KeySelection('model'), 600_000, never);
    bench.clock.advance(1);
    expect(await key).toBe(bench.key('a'));
  });

  it('are given a key that an operator enables', async () => {
    const bench = workingPool(['a']);
    const key = bench.key('a');
    bench.report('a', exhausted);
    const given = bench.pool.wait(new KeySelection('model'), 600_000, never);
    const active = { ...key.health, state: 'active' as const };
    bench.registry.set(key, active, bench.clock.monotonic(), 'operator');
    expect(await given).toBe(key);
  });

  it('are given none when they are ended, or their time is over', async () => {
    const bench = workingPool(['a']);
    bench.report('a', rateLimited(5_000));
    const abort = new AbortController();
    const ended = bench.pool.wait(new KeySelection('model'), 600_000, abort.signal);
    abort.abort();
    expect(await ended).toBeNull();
    expect(await bench.pool.wait(new KeySelection('model'), 1, never)).toBeNull();
    expect(await bench.pool.wait(new KeySelection('model'), 600_000, abort.signal)).toBeNull();
  });

  it('do not wait for those that wait for something else', async () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', rateLimited(5_000), new KeySelection('big'));
    bench.report('b', rateLimited(5_000), new KeySelection('big'));
    bench.report('a', rateLimited(1_000));
    bench.report('b', rateLimited(1_000));
    const abort = new AbortController();
    const big = bench.pool.wait(new KeySelection('big'), 600_000, abort.signal);
    const small = bench.pool.wait(new KeySelection('model'), 600_000, never);
    bench.clock.advance(1_000);
    bench.pool.tick();
    expect(await small).not.toBeNull();
    abort.abort();
    expect(await big).toBeNull();
  });

  function settled(): Promise<void> {
    return new Promise(setImmediate);
  }
});

describe('a conversation', () => {
  const names = Array.from({ length: 12 }, (_, index) => `key-${index}`);

  it('prefers one key', () => {
    const bench = workingPool(names);
    expect(new Set(bench.serve(20, 'model', 'conv_1')).size).toBe(1);
    bench.serve(5);
    expect(bench.serve(1, 'model', 'conv_1')).toEqual(bench.serve(1, 'model', 'conv_1'));
  });

  it('prefers the same key in every process', () => {
    const [one, other] = [workingPool(names), workingPool([...names].reverse())];
    for (let index = 0; index < 50; index += 1) {
      const id = `conv_${index}`;
      expect(one.serve(1, 'model', id)).toEqual(other.serve(1, 'model', id));
    }
  });

  it('goes to another key while its own is out, always the same, and comes back', () => {
    const bench = workingPool(names);
    const [own] = bench.serve(1, 'model', 'conv_1');
    bench.report(own ?? '', rateLimited(5_000));
    const others = new Set(bench.serve(10, 'model', 'conv_1'));
    expect(others.size).toBe(1);
    expect(others).not.toContain(own);
    bench.clock.advance(5_000);
    expect(bench.serve(2, 'model', 'conv_1')).toEqual([own, own]);
  });

  it('keeps its key when other keys come and go', () => {
    const bench = workingPool(names);
    const ids = Array.from({ length: 200 }, (_, index) => `conv_${index}`);
    const before = ids.map((id) => bench.serve(1, 'model', id)[0]);
    bench.registry.remove(['key-3']);
    const moved = ids.filter((id, index) => bench.serve(1, 'model', id)[0] !== before[index]);
    const ofRemoved = ids.filter((_, index) => before[index] === 'key-3');
    expect(moved).toEqual(ofRemoved);
  });

  it('shares the keys evenly with other conversations', () => {
    const bench = workingPool(names);
    const counts = new Map<string | null, number>();
    for (let index = 0; index < 6_000; index += 1) {
      const [name] = bench.serve(1, 'model', `conv_${index}`);
      counts.set(name ?? null, (counts.get(name ?? null) ?? 0) + 1);
    }
    expect(counts.size).toBe(12);
    expect(Math.min(...counts.values())).toBeGreaterThan(200);
    expect(Math.max(...counts.values())).toBeLessThan(1_100);
  });

  it('finds a key among thousands of dead ones', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => `key-${index}`);
    const bench = workingPool(many);
    const call = new KeySelection('model');
    for (const name of many.slice(1)) bench.report(name, exhausted, call);
    bench.report('key-0', served, call);
    expect(bench.serve(3, 'model', 'conv_1')).toEqual(['key-0', 'key-0', 'key-0']);
  });
});

describe('the counts of a key', () => {
  it('are calls, failures, tokens and the time of the last use', () => {
    const bench = workingPool(['a']);
    bench.serve(2);
    bench.use({ type: 'fault' });
    bench.use({ type: 'abandoned' });
    bench.pool.recordFailure(bench.key('a'), '200');
    bench.pool.recordTokens(bench.key('a'), 10, 3);
    bench.pool.recordTokens(bench.key('a'), 1, 1);
    const [key] = bench.pool.takeCounted();
    expect(key?.takeCounts()).toEqual({
      calls: 4,
      failures: 2,
      inputTokens: 11,
      outputTokens: 4,
      lastUsedAt: bench.clock.now(),
      lastError: '200',
    });
    expect(bench.pool.takeCounted()).toEqual([]);
  });

  it('are not lost when they could not be written', () => {
    const bench = workingPool(['a']);
    bench.serve(2);
    const [key] = bench.pool.takeCounted();
    const counts = key?.takeCounts();
    bench.serve(1);
    if (key && counts) bench.pool.returnCounts(key, counts);
    expect(bench.pool.takeCounted()).toEqual([key]);
    expect(key?.takeCounts()).toMatchObject({ calls: 3 });
  });
});
