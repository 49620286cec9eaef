import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../platform/time/clock.js';
import { MemoryKeyPool } from './memory.key-pool.js';
import type { PooledKey } from './pooled-key.js';
import { storedHealth, StoredKeysRepository } from './stored-keys.repository.js';

const writtenAtOnce = 100;

/**
 * Writes to the database what the pool finds out: states when they change, counts when it is told
 * to. No call waits for it.
 */
@Injectable()
export class KeyWriter {
  private readonly logger = new Logger('Keys');
  private readonly unwritten = new Set<PooledKey>();
  private writing: Promise<void> | null = null;

  constructor(
    private readonly rows: StoredKeysRepository,
    private readonly pool: MemoryKeyPool,
    private readonly clock: Clock,
  ) {}

  /** The key's state has changed. */
  writeSoon(key: PooledKey): void {
    this.unwritten.add(key);
    if (this.writing) return;
    setImmediate(() => {
      this.writeHealth().catch((error: unknown) => {
        // They stay on the list, for the next time.
        this.logger.error(`States of keys could not be written: ${String(error)}`);
      });
    });
  }

  /** Another process's word on the key's state has come first. */
  drop(key: PooledKey): void {
    this.unwritten.delete(key);
  }

  /**
   * Writes every state that is not written yet, one batch after another, so that each builds on the
   * versions that the one before made. A row that another process changed first is left alone: its
   * state is picked up with the next look, and ours is found out again if it was right.
   *
   * @throws DatabaseUnavailableError, and what was not written stays on the list
   */
  async writeHealth(): Promise<void> {
    while (this.writing) await this.writing;
    this.writing = this.writeAll().finally(() => {
      this.writing = null;
    });
    await this.writing;
  }

  /** Adds the counts of this process to those stored. @throws DatabaseUnavailableError */
  async writeCounts(): Promise<void> {
    const counted = this.pool.takeCounted().flatMap((key) => {
      const counts = key.takeCounts();
      return counts ? [{ key, id: key.id, counts }] : [];
    });
    if (counted.length === 0) return;
    try {
      await this.rows.addCounts(counted);
    } catch (error) {
      for (const { key, counts } of counted) this.pool.returnCounts(key, counts);
      throw error;
    }
  }

  private async writeAll(): Promise<void> {
    while (this.unwritten.size > 0) {
      const keys = [...this.unwritten].slice(0, writtenAtOnce);
      for (const key of keys) this.unwritten.delete(key);
      let written: boolean[];
      try {
        written = await this.rows.writeHealth(
          keys.map(({ id, version, health }) => ({
            ...{ id, version },
            health: storedHealth(health, this.clock),
          })),
        );
      } catch (error) {
        for (const key of keys) this.unwritten.add(key);
        throw error;
      }
      for (const [index, key] of keys.entries()) {
        if (written[index]) key.version += 1;
      }
    }
  }
}
