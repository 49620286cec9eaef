import type { Counter, Histogram } from 'prom-client';
import type { Metrics } from '../platform/telemetry/metrics.js';
import { configuredModels, type ModelSettings } from '../config/settings.js';
import type { AttemptOutcome } from '../keys/attempt-outcome.js';
import type { Usage } from '../models/model-event.js';

/** What came of an attempt: its outcome, or that it broke off after its answer had begun. */
type OutcomeLabel = AttemptOutcome['type'] | 'broken-off';

/** Why thoughts are left out, as OpenAI names it. */
const removals = new Set([
  'organization_mismatch',
  'end_user_mismatch',
  'model_mismatch',
  'prefix_mismatch',
  'turn_boundary',
]);

/** How the upstream fares, for operators. A model that is not configured is `other`: callers name it. */
export class UpstreamMetrics {
  private readonly models: ReadonlySet<string>;
  private readonly attempts: Counter<'model' | 'outcome'>;
  private readonly durations: Histogram<'model'>;
  private readonly tokens: Counter<'model' | 'direction'>;
  private readonly transformations: Counter<'reason'>;

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
    this.transformations = metrics.counter(
      'alice_upstream_input_transformations_total',
      'Thoughts of a model that were sent back and that its service left out, by its reason',
      ['reason'],
    );
    for (const reason of removals) this.transformations.inc({ reason }, 0);
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

  /** @param reason as the model service names it */
  removed(reason: string): void {
    this.transformations.inc({ reason: removals.has(reason) ? reason : 'other' });
  }

  private labelOf(model: string): string {
    return this.models.has(model) ? model : 'other';
  }
}
