import { ShuttingDownError } from '../../platform/errors/http.errors.js';
import { DatabaseUnavailableError } from '../../platform/database/database.errors.js';
import { otherwiseNone, problemDetails } from '../../platform/openapi/document-errors.js';
import { documentRoute } from '../../platform/openapi/document-route.js';
import { NoUsableKeyError } from '../../upstreams/upstream.errors.js';
import { HealthController } from './health.controller.js';
import { NotAliveError, NotReadyError } from './health.errors.js';
import type { Health, Readiness } from './health.service.js';

const tag = 'Health';
const ok: Health = { status: 'ok' };
const ready: Readiness = {
  ...ok,
  parts: {
    database: { status: 'up', responseTime: 1 },
    keys: { status: 'up', responseTime: 0 },
    upstream: { status: 'up', responseTime: 0 },
  },
};
const status = { type: 'string', enum: [ok.status] };
const part = {
  type: 'object',
  properties: {
    status: { type: 'string', enum: ['up', 'down'] },
    responseTime: { type: 'integer', description: 'milliseconds' },
    message: { type: 'string', description: 'Why it is down.' },
  },
  required: ['status', 'responseTime'],
};

documentRoute(HealthController, 'live', {
  tag,
  summary: 'Whether the process answers',
  description:
    'Not when something is wrong that only another start mends: the database was removed, replaced or damaged while it was open.',
  answer: {
    description: 'It does',
    content: {
      'application/json': {
        schema: {
          type: 'object',
          properties: { status },
          required: ['status' satisfies keyof Health],
        },
        example: ok,
      },
    },
  },
  errors: [new NotAliveError(), ...otherwiseNone],
  errorContent: problemDetails,
});

documentRoute(HealthController, 'ready', {
  tag,
  summary: 'Whether calls can be served',
  description:
    'Not while a part that calls need does not work: the database can be read and written, and at least one API key serves, now or after a rate limit. Redis, where it is used, and the model service are only reported: replicas do without the one and share the other. And no more once the service is told to stop.',
  answer: {
    description: 'They can',
    content: {
      'application/json': {
        schema: {
          type: 'object',
          properties: { status, parts: { type: 'object', additionalProperties: part } },
          required: ['status', 'parts'] satisfies (keyof Readiness)[],
        },
        example: ready,
      },
    },
  },
  errors: [
    new NotReadyError({
      database: new DatabaseUnavailableError(null).detail,
      keys: new NoUsableKeyError().detail,
    }),
    new ShuttingDownError(),
    ...otherwiseNone,
  ],
  errorContent: problemDetails,
});
