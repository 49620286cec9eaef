import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Metrics } from '../telemetry/metrics.js';

const limits = ['rate', 'writes', 'running_calls'] as const;

/** What the limits refused, for operators. */
@Injectable()
export class LimitMetrics {
  private readonly refusals: Counter<'limit'>;

  constructor(metrics: Metrics) {
    this.refusals = metrics.counter(
      'alice_limit_refusals_total',
      'Calls that a limit refused: rate is RATE_LIMIT_PER_MINUTE, writes is WRITE_LIMIT_PER_MINUTE, running_calls is MAX_RUNNING_CALLS',
      ['limit'],
    );
    for (const limit of limits) this.refusals.inc({ limit }, 0);
  }

  refused(limit: (typeof limits)[number]): void {
    this.refusals.inc({ limit });
  }
}
