import { createHash } from 'node:crypto';
import { readSettings } from '../../src/config/read-settings.js';
import { KeyChanges, type PoolChange } from '../../src/keys/key-changes.js';
import { KeySelection } from '../../src/keys/key-pool.js';
import { KeyRegistry } from '../../src/keys/key-registry.js';
import type { AttemptOutcome } from '../../src/keys/attempt-outcome.js';
import { MemoryKeyPool } from '../../src/keys/memory.key-pool.js';
import { PooledKey } from '../../src/keys/pooled-key.js';
import { ManualClock } from './manual-clock.js';

/** A key whose secret, id and fingerprint follow from a name. */
function pooledKey(name: string): PooledKey {
  const fingerprint = createHash('sha256').update(name).digest('hex');
  return new PooledKey({ id: name, fingerprint, secret: `sk-${name}`, source: 'env' });
}

/** A pool of keys with the given names, and what happens to them. */
export class PoolBench {
  readonly clock = new ManualClock();
  readonly changes: (PoolChange & { type: 'state' })[] = [];
  readonly registry: KeyRegistry;
  readonly pool: MemoryKeyPool;

  constructor(names: readonly string[], variables: Record<string, string> = {}) {
    const changes = new KeyChanges();
    this.registry = new KeyRegistry(changes);
    this.pool = new MemoryKeyPool(this.registry, this.clock, changes, readSettings(variables));
    this.registry.add(names.map(pooledKey), this.clock.monotonic());
    changes.listen((change) => {
      if (change.type === 'state') this.changes.push(change);
    });
  }

  key(name: string): PooledKey {
    const key = this.registry.find(name);
    if (!key) throw new Error(`No key ${name}`);
    return key;
  }

  /** The name of the key that the call acquires, or null. */
  acquire(call: KeySelection): string | null {
    return this.pool.next(call)?.secret.slice(3) ?? null;
  }

  /** A call of its own acquires a key and reports this. @returns the key's name, or null */
  use(outcome: AttemptOutcome, call = new KeySelection('model')): string | null {
    const key = this.pool.next(call);
    if (key) this.pool.report(call, key, { outcome });
    return key?.secret.slice(3) ?? null;
  }

  /** The names that so many served calls use. */
  serve(times: number, model = 'model', affinity: string | null = null): (string | null)[] {
    const served: AttemptOutcome = { type: 'served' };
    return Array.from({ length: times }, () => this.use(served, new KeySelection(model, affinity)));
  }

  /** Reports a refusal, and that another key then served the same call. */
  prove(name: string, outcome: AttemptOutcome, call = new KeySelection('model')): void {
    this.report(name, outcome, call);
    for (const { id, isReady } of this.registry.keys) {
      if (id === name || !isReady) continue;
      this.report(id, { type: 'served' }, call);
      return;
    }
    throw new Error('No other key');
  }

  /** Reports of a key as a call does that has it, whether it acquired it or not. */
  report(name: string, outcome: AttemptOutcome, call = new KeySelection('model')) {
    return this.pool.report(call, this.key(name), { outcome });
  }
}
