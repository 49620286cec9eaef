import { randomUUID } from 'node:crypto';
import type { Counter, Histogram } from 'prom-client';
import type { Metrics } from '../telemetry/metrics.js';
import { CommitOutcomeUnknownError, DatabaseUnavailableError } from './database.errors.js';
import {
  Database,
  now,
  type BatchOutcome,
  type Query,
  type Row,
  type Statement,
} from './database.js';

/** Measures how long the database takes and how often it fails, and so knows how it fares. */
export class MeasuredDatabase extends Database {
  private readonly times: Histogram<'operation'>;
  private readonly failures: Counter<'operation'>;
  private hasFailedToWrite = false;

  constructor(
    private readonly database: Database,
    metrics: Metrics,
  ) {
    super();
    this.times = metrics.histogram(
      'alice_database_seconds',
      'Time that reads and writes of the database took, the wait for a connection included',
      ['operation'],
    );
    this.failures = metrics.counter(
      'alice_database_failures_total',
      'Reads and writes of the database that failed',
      ['operation'],
    );
    for (const operation of ['read', 'write']) this.failures.inc({ operation }, 0);
  }

  override read(...queries: readonly Query[]): Promise<Row[][]> {
    return this.measured('read', () => this.database.read(...queries));
  }

  override async write(batch: readonly Statement[]): Promise<BatchOutcome> {
    try {
      const outcome = await this.measured('write', () => this.database.write(batch));
      this.hasFailedToWrite = false;
      return outcome;
    } catch (error) {
      this.hasFailedToWrite ||=
        error instanceof DatabaseUnavailableError || error instanceof CommitOutcomeUnknownError;
      throw error;
    }
  }

  override findLoss(): string | null {
    return this.database.findLoss();
  }

  /**
   * Whether it can be read, and written: that is tried only when the last write failed, since a
   * service that gets no calls for it would never write again.
   *
   * @throws DatabaseUnavailableError
   */
  async check(): Promise<void> {
    const loss = this.findLoss();
    if (loss !== null) throw new DatabaseUnavailableError(new Error(loss));
    if (this.hasFailedToWrite) await this.write(trial());
    else await this.read({ sql: 'SELECT 1', parameters: [] });
  }

  private async measured<Result>(
    operation: 'read' | 'write',
    work: () => Promise<Result>,
  ): Promise<Result> {
    const beganAt = performance.now();
    try {
      return await work();
    } catch (error) {
      this.failures.inc({ operation });
      throw error;
    } finally {
      this.times.observe({ operation }, (performance.now() - beganAt) / 1_000);
    }
  }
}

/** Writes a row that nobody else has, and takes it away again. */
function trial(): Statement[] {
  const hash = `trial-${randomUUID()}`;
  return [
    { sql: `INSERT INTO nonces (hash, spent_at) VALUES (?, ${now})`, parameters: [hash] },
    { sql: 'DELETE FROM nonces WHERE hash = ?', parameters: [hash] },
  ];
}
