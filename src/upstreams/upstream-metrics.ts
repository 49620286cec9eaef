import type { Counter, Histogram } from 'prom-client';
import type { Metrics } from '../platform/telemetry/metrics.js';
import { configuredModels, type ModelSettings } from '../config/settings.js';
import type { AttemptOutcome } from '../keys/attempt-outcome.js';
import type { Usage } from '../models/model-event.js';

/** What came of an attempt: its outcome, or that it broke off after its answer had begun. */
type OutcomeLabel = AttemptOutcome['type'] | 'broken-off';

/** How the upstream fares, for operators. A model that is not configured is `other`: callers name it. */
export class UpstreamMetrics {
  private readonly models: ReadonlySet<string>;
  private readonly attempts: Counter<'model' | 'outcome'>;
  private readonly durations: Histogram<'model'>;
  private readonly tokens: Counter<'model' | 'direction'>;

  constructor(metrics: Metrics, models: ModelSettings) {
    this.models = configuredModels(models);
    this.attempts = metrics.counter(
      'alice_upstream_attempts_total',
      'Requests to the model service by what came of them; one call may take several',
      ['model', 'outcome'],
    );
    this.durations = metrics.histogram(
      'alice_upstream_answer_seconds',
      'Time from a request to the model service to the end of its complete answer',
      ['model'],
    );
    this.tokens = metrics.counter('alice_tokens_total', 'Tokens that the model service counted', [
      'model',
      'direction',
    ]);
    for (const model of this.models) {
      this.attempts.inc({ model, outcome: 'served' }, 0);
      this.attempts.inc({ model, outcome: 'fault' }, 0);
    }
  }

  attempted(model: string, outcome: OutcomeLabel): void {
    this.attempts.inc({ model: this.labelOf(model), outcome });
  }

  /** @param beganAt by `performance.now()` */
  answered(model: string, beganAt: number, usage: Usage | null): void {
    const labels = { model: this.labelOf(model) };
    this.durations.observe(labels, (performance.now() - beganAt) / 1_000);
    if (!usage) return;
    this.tokens.inc({ ...labels, direction: 'input' }, usage.inputTokens);
    this.tokens.inc({ ...labels, direction: 'output' }, usage.outputTokens);
  }

  private labelOf(model: string): string {
    return this.models.has(model) ? model : 'other';
  }
}
