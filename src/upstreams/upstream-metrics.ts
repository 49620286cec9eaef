import type { Counter } from '../platform/telemetry/counter.js';
import type { Histogram } from '../platform/telemetry/histogram.js';
import type { Metrics } from '../platform/telemetry/metrics.js';
import { configuredModels, type ModelSettings } from '../config/settings.js';
import type { AttemptOutcome } from '../keys/attempt-outcome.js';
import type { Usage } from '../models/model-event.js';

/** What came of an attempt: its outcome, or that it broke off after its answer had begun. */
type OutcomeLabel = AttemptOutcome['type'] | 'broken-off';

/** How the upstream fares, for operators. A model that is not configured is `other`: callers name it. */
export class UpstreamMetrics {
  private readonly models: ReadonlySet<string>;
  private readonly attempts: Counter;
  private readonly durations: Histogram;
  private readonly tokens: Counter;

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
      this.attempts.add(0, model, 'served');
      this.attempts.add(0, model, 'fault');
    }
  }

  attempted(model: string, outcome: OutcomeLabel): void {
    this.attempts.add(1, this.labelOf(model), outcome);
  }

  /** @param beganAt by `performance.now()` */
  answered(model: string, beganAt: number, usage: Usage | null): void {
    const label = this.labelOf(model);
    this.durations.observe((performance.now() - beganAt) / 1_000, label);
    if (!usage) return;
    this.tokens.add(usage.inputTokens, label, 'input');
    this.tokens.add(usage.outputTokens, label, 'output');
  }

  private labelOf(model: string): string {
    return this.models.has(model) ? model : 'other';
  }
}
