import { AuthFailedError } from '../../auth/auth.errors.js';
import { text } from '../../platform/openapi/content.js';
import { problemDetails } from '../../platform/openapi/document-errors.js';
import { documentRoute } from '../../platform/openapi/document-route.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsClosedError } from './metrics.errors.js';

const example = `# HELP alice_running_calls Model calls that someone is waiting for
# TYPE alice_running_calls gauge
alice_running_calls 3
`;

documentRoute(MetricsController, 'show', {
  tag: 'Health',
  summary: 'Metrics for Prometheus',
  description:
    'Needs METRICS_TOKEN where that is set. Where it is not, they are open while HOST is loopback, to requests that no proxy has passed on.',
  security: [{ metrics: [] }],
  isGuarded: true,
  answer: { description: 'Every metric, in the text format', content: text({ example }) },
  errors: [
    new AuthFailedError('auth.missing'),
    new AuthFailedError('auth.refused'),
    new MetricsClosedError(),
  ],
  errorContent: problemDetails,
});
