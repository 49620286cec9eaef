import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { SystemClock } from '../../../src/platform/time/clock.js';
import { readSettings } from '../../../src/config/read-settings.js';
import { KeyChanges } from '../../../src/keys/key-changes.js';
import { KeySelection } from '../../../src/keys/key-pool.js';
import { KeyRegistry } from '../../../src/keys/key-registry.js';
import { MemoryKeyPool } from '../../../src/keys/memory.key-pool.js';
import { PooledKey } from '../../../src/keys/pooled-key.js';
import type { Measure } from '../bench.js';
import { median, spreadOf } from '../statistics.js';

const KEYS = 10_000;
const DEAD_KEYS = 9_900;
const CHOICES = 50_000;

/** Choosing one of 10,000 keys, in turn and for conversations, with all alive and nearly all dead. */
export const keyChoice: Measure = {
  ids: ['keyChoice'],

  run({ rounds, progress }) {
    const pool = createPool();
    const samples: number[] = [];
    const notes: string[] = [];
    for (const dead of [0, DEAD_KEYS]) {
      killKeys(pool, dead);
      for (const affinity of [false, true]) {
        progress(`Choice of a key: ${dead} dead, ${affinity ? 'for conversations' : 'in turn'}`);
        choose(pool, affinity);
        const times = Array.from({ length: rounds }, () => choose(pool, affinity));
        samples.push(median(times));
        const [lowest, highest] = spreadOf(times);
        const how = `${dead} of ${KEYS} dead, ${affinity ? 'by conversation' : 'in turn'}`;
        notes.push(`choice of a key, ${how}: ${lowest.toFixed(2)} to ${highest.toFixed(2)} µs`);
      }
    }
    const value = Math.max(...samples);
    const title = `choice among ${KEYS} keys, slowest kind`;
    return Promise.resolve({
      figures: [{ id: 'keyChoice', title, value, unit: 'µs', atMost: 20 }],
      notes,
    });
  },
};

interface KeyPoolBench {
  pool: MemoryKeyPool;
  keys: readonly PooledKey[];
}

function createPool(): KeyPoolBench {
  const clock = new SystemClock();
  const changes = new KeyChanges();
  const registry = new KeyRegistry(changes);
  const pool = new MemoryKeyPool(registry, clock, changes, readSettings({}));
  const keys = Array.from({ length: KEYS }, (_, index) => {
    const secret = `sk-${index}`;
    const fingerprint = createHash('sha256').update(secret).digest('hex');
    return new PooledKey({ id: `key_${index}`, fingerprint, secret, source: 'env' });
  });
  registry.add(keys, clock.monotonic());
  return { pool, keys };
}

function killKeys({ pool, keys }: KeyPoolBench, count: number): void {
  const [alive] = keys.slice(-1);
  for (const key of keys.slice(0, count)) {
    const call = new KeySelection('model');
    pool.report(call, key, { outcome: { type: 'quota-exhausted' } });
    if (alive) pool.report(call, alive, { outcome: { type: 'served' } });
  }
}

/** @returns microseconds for each choice, the report of its success included */
function choose({ pool }: KeyPoolBench, affinity: boolean): number {
  const startedAt = performance.now();
  for (let choice = 0; choice < CHOICES; choice++) {
    const call = new KeySelection('model', affinity ? `conv_${choice % 5_000}` : null);
    const key = pool.next(call);
    if (!key) throw new Error('The pool had no key');
    pool.report(call, key, { outcome: { type: 'served' } });
  }
  return ((performance.now() - startedAt) * 1_000) / CHOICES;
}
