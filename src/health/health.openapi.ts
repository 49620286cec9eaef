import { DatabaseUnavailableError } from '../database/database.errors.js';
import { ShuttingDownError } from '../common/errors/http.errors.js';
import { problemDetails } from '../docs/describe/document-errors.js';
import { documentRoute } from '../docs/describe/document-route.js';
import { HealthController } from './health.controller.js';
import type { Health } from './health.service.js';

const tag = 'Health';
const ok: Health = { status: 'ok' };
const content = {
  'application/json': {
    schema: {
      type: 'object',
      properties: { status: { type: 'string', enum: [ok.status] } },
      required: ['status' satisfies keyof Health],
    },
    example: ok,
  },
};

documentRoute(HealthController, 'live', {
  tag,
  summary: 'Whether the process answers',
  answer: { description: 'It does', content },
  errors: [],
  errorContent: problemDetails,
});

documentRoute(HealthController, 'ready', {
  tag,
  summary: 'Whether calls can be served',
  description:
    'Not while the database cannot be read, and no more once the service is told to stop.',
  answer: { description: 'They can', content },
  errors: [new DatabaseUnavailableError(null), new ShuttingDownError()],
  errorContent: problemDetails,
});
