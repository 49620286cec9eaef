import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PeriodicTasks } from '../platform/tasks/periodic-tasks.js';
import { Clock } from '../platform/time/clock.js';
import { probeDelayMs } from './key-policy.js';
import { KeyProbe } from './key-probe.js';
import { KeyRegistry } from './key-registry.js';
import type { AttemptReport } from './attempt-outcome.js';
import { KeyStoreService } from './key-store.service.js';
import type { PooledKey } from './pooled-key.js';

const intervalMs = 15_000;
/** Longer than a probe takes; after that another process may try. */
const leaseMs = 120_000;
/** When the upstream could not be asked. */
const inconclusiveMs = 300_000;
const probesAtOnce = 8;

/** Asks about invalid and exhausted keys when their time has come, one process for all. */
@Injectable()
export class KeyProbeTask implements OnModuleInit {
  constructor(
    private readonly probes: KeyProbe,
    private readonly registry: KeyRegistry,
    private readonly store: KeyStoreService,
    private readonly clock: Clock,
    private readonly tasks: PeriodicTasks,
  ) {}

  onModuleInit(): void {
    this.tasks.every(intervalMs, 'key-probe', () => this.run());
  }

  /** Probes every key that is due. @throws DatabaseUnavailableError */
  async run(): Promise<void> {
    const due = this.due().values();
    // One iterator shared by all workers is the queue.
    const work = async (): Promise<void> => {
      for (const key of due) {
        if (await this.store.claimProbe(key, leaseMs)) await this.probe(key);
      }
    };
    await Promise.all(Array.from({ length: probesAtOnce }, work));
  }

  /** Probes one key now, whatever its state. @returns what the upstream said of it */
  async probe(key: PooledKey): Promise<AttemptReport> {
    const report = await this.probes.probe(key.secret);
    if (this.registry.has(key) && key.isEnabled) this.conclude(key, report);
    return report;
  }

  private due(): PooledKey[] {
    const now = this.clock.monotonic();
    return [...this.registry.keys].filter(
      ({ state, until }) => (state === 'invalid' || state === 'exhausted') && (until ?? 0) <= now,
    );
  }

  private conclude(key: PooledKey, { outcome, error }: AttemptReport): void {
    const { health } = key;
    const waits = key.state === 'invalid' || key.state === 'exhausted';
    switch (outcome.type) {
      case 'rejected':
        this.takeOut(key, 'invalid', error);
        return;
      case 'quota-exhausted':
        this.takeOut(key, 'exhausted', error);
        return;
      case 'served':
      case 'forbidden':
      case 'rate-limited':
      case 'request-refused':
        // Known to the upstream, or not shown to be unknown. Failures stay counted until an answer, so that the next pause is longer.
        if (waits) this.set(key, { ...health, state: 'active', reason: null, until: null });
        return;
      default:
        if (waits) this.set(key, { ...health, until: this.clock.monotonic() + inconclusiveMs });
    }
  }

  private takeOut(key: PooledKey, state: 'invalid' | 'exhausted', error?: string): void {
    const { health } = key;
    this.set(key, {
      ...health,
      state,
      reason: state === 'invalid' ? 'rejected' : 'quota-exhausted',
      until: this.clock.monotonic() + probeDelayMs(state, health.consecutiveFailures),
      consecutiveFailures: health.consecutiveFailures + 1,
      lastError: error ?? health.lastError,
    });
  }

  private set(key: PooledKey, health: PooledKey['health']): void {
    this.registry.set(key, health, this.clock.monotonic(), 'pool');
  }
}
