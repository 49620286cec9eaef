import type { Histogram } from '../common/metrics/histogram.js';
import type { Metrics } from '../common/metrics/metrics.js';
import type { Counter } from '../common/metrics/counter.js';
import { Database, type BatchOutcome, type Query, type Row, type Statement } from './database.js';

/** Measures how long the database takes, and how often it fails. */
export class MeasuredDatabase extends Database {
  private readonly times: Histogram;
  private readonly failures: Counter;

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
    for (const operation of ['read', 'write']) this.failures.add(0, operation);
  }

  override read(...queries: readonly Query[]): Promise<Row[][]> {
    return this.measured('read', () => this.database.read(...queries));
  }

  override write(batch: readonly Statement[]): Promise<BatchOutcome> {
    return this.measured('write', () => this.database.write(batch));
  }

  private async measured<Result>(
    operation: 'read' | 'write',
    work: () => Promise<Result>,
  ): Promise<Result> {
    const beganAt = performance.now();
    try {
      return await work();
    } catch (error) {
      this.failures.add(1, operation);
      throw error;
    } finally {
      this.times.observe((performance.now() - beganAt) / 1_000, operation);
    }
  }
}
