import { PoolBench } from '../../test/support/key-pool.js';
import { KeyCall } from './key-pool.js';
import type { KeySignal } from './key-signal.js';

const secondMs = 1_000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const served: KeySignal = { type: 'served' };
const rejected: KeySignal = { type: 'rejected' };
const forbidden: KeySignal = { type: 'forbidden' };
const exhausted: KeySignal = { type: 'quota-exhausted' };
const missing: KeySignal = { type: 'model-not-found' };

function rateLimited(retryAfterMs: number | null = null): KeySignal {
  return { type: 'rate-limited', retryAfterMs };
}

/** A pool that is not at its first call: the upstream has taken every key. */
function workingPool(names = ['a', 'b', 'c'], variables: Record<string, string> = {}): PoolBench {
  return new PoolBench(names, variables);
}

describe('keys in turn', () => {
  it('are lent one after the other', () => {
    expect(workingPool().serve(7)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
  });

  it('are lent in turn to calls that run at once', () => {
    const bench = workingPool();
    const calls = Array.from({ length: 6 }, () => bench.lend(new KeyCall('model')));
    expect(calls).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('are lent to a call at most once when they refuse it', () => {
    const bench = workingPool();
    const call = new KeyCall('model');
    const names = [1, 2, 3, 4].map(() => bench.use(exhausted, call));
    expect(names).toEqual(['a', 'b', 'c', null]);
  });

  it('that failed a call are lent to it again when no other is left', () => {
    const bench = workingPool(['a', 'b']);
    const call = new KeyCall('model');
    const names = [1, 2, 3].map(() => bench.use({ type: 'fault' }, call));
    expect(new Set(names.slice(0, 2))).toEqual(new Set(['a', 'b']));
    expect(names[2]).not.toBeNull();
  });

  it('are not scanned when thousands of them are dead', () => {
    const names = Array.from({ length: 3_000 }, (_, index) => `key-${index}`);
    const bench = workingPool(names);
    for (const name of names.slice(0, 2_998)) bench.report(name, exhausted);
    const looks = jest.spyOn(bench.key('key-0'), 'canServe');
    expect(new Set(bench.serve(50))).toEqual(new Set(['key-2998', 'key-2999']));
    expect(looks).not.toHaveBeenCalled();
  });
});

describe('a rejected key', () => {
  it('is invalid once another key was taken, and not lent again', () => {
    const bench = workingPool();
    bench.report('a', rejected);
    expect(bench.key('a').state).toBe('active');
    expect(bench.serve(4)).not.toContain('a');
    expect(bench.key('a')).toMatchObject({ state: 'invalid', reason: 'rejected', strikes: 1 });
    expect(bench.key('a').until).toBe(bench.clock.now() + 5 * minuteMs);
    bench.clock.advance(100 * 24 * hourMs);
    expect(bench.serve(6)).not.toContain('a');
  });

  it('is not lent while it is not yet known whose fault it is', () => {
    const bench = workingPool();
    const call = new KeyCall('model');
    expect(bench.use(rejected, call)).toBe('a');
    expect([bench.lend(new KeyCall('model')), bench.lend(new KeyCall('model'))]).not.toContain('a');
  });

  it('is invalid after 10 s even if nothing else was heard', () => {
    const bench = workingPool();
    bench.report('a', rejected);
    bench.clock.advance(9_999);
    bench.pool.tick();
    expect(bench.key('a').state).toBe('active');
    bench.clock.advance(1);
    bench.pool.tick();
    expect(bench.key('a').state).toBe('invalid');
  });

  it('is invalid at once when other keys are out for other reasons: it is not every key', () => {
    const bench = workingPool();
    bench.report('b', exhausted);
    bench.report('a', rejected);
    expect(bench.key('a').state).toBe('invalid');
  });

  it('is not acquitted by an answer to a call that ran before', () => {
    const bench = workingPool();
    const early = new KeyCall('model');
    const key = bench.pool.next(early);
    bench.clock.advance(500);
    bench.report('b', rejected);
    if (key) bench.pool.report(early, key, { signal: served });
    expect(bench.key('b').state).toBe('active');
    expect(bench.key('b').isReady).toBe(false);
  });

  it('costs nothing when every key is told the same within 10 s', () => {
    const bench = workingPool();
    expect(bench.report('a', rejected)).toBe('next-key');
    bench.clock.advance(4_000);
    expect(bench.report('b', rejected)).toBe('next-key');
    bench.clock.advance(4_000);
    expect(bench.report('c', rejected)).toBe('fail');
    expect(['a', 'b', 'c'].map((name) => bench.key(name).state)).toEqual([
      'active',
      'active',
      'active',
    ]);
    expect(bench.changes).toEqual([]);
    // While it lasts, one refusal is enough to know.
    expect(bench.report('a', rejected)).toBe('fail');
    expect(bench.serve(3)).toEqual(expect.arrayContaining(['a', 'b', 'c']));
  });

  it('is marked when it is the only one: that says nothing of every key', () => {
    const bench = workingPool(['a']);
    expect(bench.report('a', rejected)).toBe('next-key');
    expect(bench.key('a').state).toBe('invalid');
  });

  it('is marked when the others were refused longer ago', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', rejected);
    bench.clock.advance(10_000);
    bench.pool.tick();
    expect(bench.report('b', rejected)).toBe('next-key');
    expect(bench.key('b').state).toBe('invalid');
  });

  it('does not count disabled keys among all', () => {
    const bench = workingPool(['a', 'b', 'c']);
    const { standing } = bench.key('c');
    const disabled = { ...standing, state: 'disabled' as const };
    bench.roster.set(bench.key('c'), disabled, bench.clock.now(), 'operator');
    expect(bench.report('a', rejected)).toBe('next-key');
    expect(bench.report('b', rejected)).toBe('fail');
    expect([bench.key('a').state, bench.key('b').state]).toEqual(['active', 'active']);
  });
});

describe('a rejected key without AUTO_REMOVE_KEYS', () => {
  it('is chosen last for a minute', () => {
    const bench = workingPool(['a', 'b'], { AUTO_REMOVE_KEYS: 'false' });
    bench.report('a', rejected);
    expect(bench.serve(3)).toEqual(['b', 'b', 'b']);
    expect(bench.key('a')).toMatchObject({ state: 'cooling', reason: 'rejected' });
    bench.report('b', rateLimited(5 * minuteMs));
    expect(bench.lend(new KeyCall('model'))).toBe('a');
  });

  it('is in turn again after that', () => {
    const bench = workingPool(['a', 'b'], { AUTO_REMOVE_KEYS: 'false' });
    bench.report('a', rejected);
    bench.serve(1);
    bench.clock.advance(minuteMs);
    expect(new Set(bench.serve(4))).toEqual(new Set(['a', 'b']));
  });

  it('is as good as new when it serves', () => {
    const bench = workingPool(['a', 'b'], { AUTO_REMOVE_KEYS: 'false' });
    bench.report('a', rejected);
    bench.serve(1);
    bench.report('b', exhausted);
    expect(bench.serve(1)).toEqual(['a']);
    expect(bench.key('a')).toMatchObject({ state: 'active', strikes: 0 });
  });
});

describe('a forbidden key', () => {
  it('is suspended for that model only', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', forbidden, new KeyCall('big'));
    expect(bench.serve(3, 'big')).toEqual(['b', 'b', 'b']);
    expect(new Set(bench.serve(4, 'small'))).toEqual(new Set(['a', 'b']));
    expect(bench.key('a').restrictions).toEqual([
      { model: 'big', state: 'suspended', until: bench.clock.now() + hourMs, strikes: 1 },
    ]);
  });

  it('is tried again when the time is over, and waits twice as long then', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', forbidden, new KeyCall('big'));
    bench.clock.advance(hourMs);
    expect(new Set(bench.serve(2, 'big'))).toEqual(new Set(['a', 'b']));
    expect(bench.key('a').restrictions).toEqual([]);
    bench.report('a', forbidden, new KeyCall('big'));
    bench.clock.advance(hourMs);
    bench.report('a', forbidden, new KeyCall('big'));
    expect(bench.key('a').restriction('big')).toMatchObject({
      until: bench.clock.now() + 2 * hourMs,
      strikes: 2,
    });
  });

  it('is suspended for all when it repeats on another model', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', forbidden, new KeyCall('big'));
    bench.report('a', forbidden, new KeyCall('small'));
    expect(bench.key('a')).toMatchObject({ state: 'suspended', reason: 'forbidden' });
    expect(bench.serve(3, 'third')).toEqual(['b', 'b', 'b']);
    bench.clock.advance(hourMs);
    expect(bench.serve(2, 'third')).toContain('a');
  });

  it('remembers at most 32 models, those that wait longest', () => {
    const bench = workingPool(['a', 'b']);
    for (let index = 0; index < 40; index += 1) {
      bench.clock.advance(secondMs);
      bench.report('a', missing, new KeyCall(`model-${index}`));
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
      bench.report(names[index % 4] ?? '', missing, new KeyCall(`model-${index}`));
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
    bench.report('a', exhausted);
    expect(bench.key('a')).toMatchObject({ state: 'exhausted', reason: 'quota-exhausted' });
    expect(bench.key('a').until).toBe(bench.clock.now() + hourMs);
    bench.clock.advance(2 * hourMs);
    expect(bench.serve(6)).not.toContain('a');
  });

  it('has one call to itself when it is back, until that is served', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', exhausted);
    const key = bench.key('a');
    const back = { ...key.standing, state: 'active' as const, reason: null, until: null };
    bench.roster.set(key, back, bench.clock.now(), 'pool');
    const call = new KeyCall('model');
    const names = [bench.lend(call), ...[1, 2, 3].map(() => bench.lend(new KeyCall('model')))];
    expect(names.filter((name) => name === 'a')).toHaveLength(1);
    bench.report('a', served, call);
    expect(bench.key('a').strikes).toBe(0);
    expect(bench.serve(2)).toContain('a');
  });

  it('stays out when a call that ran before is served', () => {
    const bench = workingPool();
    const early = new KeyCall('model');
    bench.lend(early);
    bench.report('a', exhausted);
    bench.report('a', served, early);
    expect(bench.key('a').state).toBe('exhausted');
  });

  it('counts refusals of calls that ran before as one', () => {
    const bench = workingPool();
    for (let call = 0; call < 5; call += 1) bench.report('a', exhausted);
    expect(bench.key('a')).toMatchObject({ strikes: 1, until: bench.clock.now() + hourMs });
  });
});

describe('a rate limited key', () => {
  it('cools for as long as the upstream says', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', rateLimited(7_000));
    bench.clock.advance(6_999);
    expect(bench.serve(2)).toEqual(['b', 'b']);
    bench.clock.advance(1);
    expect(bench.serve(2)).toContain('a');
  });

  it('cools until the later of two deadlines', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', rateLimited(7_000));
    bench.report('a', rateLimited(30_000));
    bench.report('a', rateLimited(2_000));
    expect(bench.key('a').until).toBe(bench.clock.now() + 30_000);
  });

  it('cools twice as long each time in a row, and counts calls that ran before once', () => {
    const bench = workingPool(['a', 'b']);
    const waits = [1, 2, 3, 4, 5, 6].map(() => {
      bench.report('a', rateLimited());
      const { until } = bench.key('a');
      bench.clock.advance((until ?? 0) - bench.clock.now());
      bench.pool.tick();
      return until;
    });
    const lengths = waits.map((until, index) => (until ?? 0) - (waits[index - 1] ?? 1_000_000));
    expect(lengths).toEqual([20, 40, 80, 160, 300, 300].map((seconds) => seconds * secondMs));
    bench.report('a', served);
    bench.report('a', rateLimited());
    bench.report('a', rateLimited());
    expect(bench.key('a').until).toBe(bench.clock.now() + 20_000);
  });

  it('becomes exhausted when that is what comes next', () => {
    const bench = workingPool();
    bench.report('a', rateLimited());
    bench.report('a', exhausted);
    bench.report('a', rateLimited(hourMs));
    expect(bench.key('a').state).toBe('exhausted');
  });
});

describe('a model that is not found', () => {
  it('is not asked for with that key for a minute', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', missing, new KeyCall('big'));
    expect(bench.serve(2, 'big')).toEqual(['b', 'b']);
    bench.clock.advance(minuteMs);
    expect(bench.serve(2, 'big')).toContain('a');
  });
});

describe('what is not the fault of a key', () => {
  it.each<KeySignal['type']>([
    'region-blocked',
    'unknown-model',
    'fault',
    'timeout',
    'request-refused',
    'broken',
    'abandoned',
  ])('costs it nothing: %s', (type) => {
    const bench = workingPool();
    for (let time = 0; time < 5; time += 1) bench.report('a', { type } as KeySignal);
    expect(bench.changes).toEqual([]);
    expect(bench.serve(3)).toContain('a');
  });
});

describe('three keys that are rate limited at once', () => {
  it('cool together, as long as the longest, when more than one call met it', () => {
    const bench = workingPool(['a', 'b', 'c', 'd', 'e']);
    const call = new KeyCall('model');
    bench.report('a', rateLimited(3_000), call);
    bench.report('b', rateLimited(9_000), call);
    expect(bench.lend(new KeyCall('model'))).not.toBeNull();
    bench.report('c', rateLimited(5_000));
    expect(bench.lend(new KeyCall('model'))).toBeNull();
    expect(bench.pool.shortage(new KeyCall('model'))).toMatchObject({
      type: 'pool-cooling',
      forMs: 9_000,
    });
    const { until } = bench.key('a');
    expect(until).toBe(bench.clock.now() + 9_000);
  });

  it('cool for at most 5 minutes', () => {
    const bench = workingPool(['a', 'b', 'c']);
    for (const name of ['a', 'b', 'c']) bench.report(name, rateLimited(hourMs));
    expect(bench.pool.shortage(new KeyCall('model'))).toMatchObject({ forMs: 5 * minuteMs });
  });

  it.each<[string, (bench: PoolBench) => void]>([
    [
      'one call met it',
      (bench) => {
        const call = new KeyCall('model');
        for (const name of ['a', 'b', 'c']) bench.report(name, rateLimited(5_000), call);
      },
    ],
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
    expect(bench.serve(1)).toEqual(['d']);
  });

  it('let one call try when the time is over', () => {
    const bench = workingPool(['a', 'b', 'c', 'd']);
    for (const name of ['a', 'b', 'c']) bench.report(name, rateLimited(5_000));
    bench.clock.advance(5_000);
    const trial = new KeyCall('model');
    expect(bench.lend(trial)).not.toBeNull();
    expect(bench.lend(new KeyCall('model'))).toBeNull();
    bench.report('a', served, trial);
    expect(bench.serve(3)).not.toContain(null);
  });

  it('wait again when that call is rate limited too', () => {
    const bench = workingPool(['a', 'b', 'c', 'd']);
    for (const name of ['a', 'b', 'c']) bench.report(name, rateLimited(5_000));
    bench.clock.advance(5_000);
    expect(bench.use(rateLimited(8_000))).not.toBeNull();
    expect(bench.lend(new KeyCall('model'))).toBeNull();
    expect(bench.pool.shortage(new KeyCall('model'))).toMatchObject({ forMs: 8_000 });
  });

  it('let another call try when the first one ends without an answer', () => {
    const bench = workingPool(['a', 'b', 'c', 'd']);
    for (const name of ['a', 'b', 'c']) bench.report(name, rateLimited(5_000));
    bench.clock.advance(5_000);
    expect(bench.use({ type: 'abandoned' })).not.toBeNull();
    expect(bench.lend(new KeyCall('model'))).not.toBeNull();
  });

  it('are not one when a call that is still open is served', () => {
    const bench = workingPool(['a', 'b', 'c', 'd']);
    const open = new KeyCall('model');
    for (let name = bench.lend(open); name !== 'd'; name = bench.lend(open)) {
      bench.report(name ?? '', { type: 'fault' }, open);
    }
    for (const name of ['a', 'b', 'c']) bench.report(name, rateLimited(5_000));
    expect(bench.pool.shortage(new KeyCall('model'))).toMatchObject({ mayBeDisproved: true });
    bench.report('d', served, open);
    expect(bench.serve(2)).toEqual(['d', 'd']);
  });
});

describe('the shortage', () => {
  it('is of keys when there are none', () => {
    const bench = workingPool([]);
    expect(bench.lend(new KeyCall('model'))).toBeNull();
    expect(bench.pool.shortage(new KeyCall('model'))).toEqual({ type: 'no-keys' });
  });

  it('is of usable keys when probes or operators must help', () => {
    const bench = workingPool(['a', 'b']);
    bench.report('a', exhausted);
    bench.report('b', exhausted);
    expect(bench.pool.shortage(new KeyCall('model'))).toEqual({ type: 'none-usable' });
  });

  it('is of keys for the model when others may be asked for', () => {
    const bench = workingPool(['a', 'b']);
    for (const name of ['a', 'b']) bench.report(name, missing, new KeyCall('big'));
    expect(bench.pool.shortage(new KeyCall('big'))).toEqual({ type: 'none-for-model' });
    expect(bench.serve(1, 'small')).not.toEqual([null]);
  });

  it('is of time when keys are cooling: until the first, and until the first that was not tried', () => {
    const bench = workingPool(['a', 'b']);
    const call = new KeyCall('model');
    bench.report('a', rateLimited(5_000), call);
    bench.report('b', rateLimited(9_000));
    expect(bench.pool.shortage(call)).toEqual({ type: 'all-cooling', forMs: 5_000, waitMs: 9_000 });
    bench.report('b', rateLimited(9_000), call);
    expect(bench.pool.shortage(call)).toEqual({ type: 'all-cooling', forMs: 5_000, waitMs: null });
  });
});

describe('a call that waits', () => {
  it('is woken when a key is back', async () => {
    const bench = workingPool(['a']);
    bench.report('a', rateLimited(5_000));
    const woken = bench.pool.change(600_000, new AbortController().signal);
    bench.clock.advance(5_000);
    bench.pool.tick();
    await woken;
    expect(bench.serve(1)).toEqual(['a']);
  });

  it('is woken when an operator enables a key, and when it is itself ended', async () => {
    const bench = workingPool(['a']);
    const key = bench.key('a');
    bench.report('a', exhausted);
    const abort = new AbortController();
    const ended = bench.pool.change(600_000, abort.signal);
    abort.abort();
    await ended;
    const woken = bench.pool.change(600_000, new AbortController().signal);
    bench.roster.set(key, { ...key.standing, state: 'active' }, bench.clock.now(), 'operator');
    await woken;
  });
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
    bench.roster.remove(['key-3']);
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
    for (const name of many.slice(1)) bench.report(name, exhausted);
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
