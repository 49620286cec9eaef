import { UserError } from '../../platform/errors/app.error.js';

/** Metrics were asked for from somewhere else, and no token was set that could open them. */
export class MetricsClosedError extends UserError {
  readonly code = 'metrics.closed';
  readonly status = 404;
  readonly title = 'Metrics are closed';

  constructor() {
    super({
      detail:
        'Metrics are for this machine only, asked for directly. Set METRICS_TOKEN to open them to who has it.',
    });
  }
}
