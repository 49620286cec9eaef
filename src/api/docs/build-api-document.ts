import type { INestApplication } from '@nestjs/common';
import {
  SwaggerModule,
  type ComponentsObject,
  type OpenAPIObject,
  type OperationObject,
  type SecurityRequirementObject,
  type SecuritySchemeObject,
} from '@nestjs/swagger';
import '../chatgpt/conversations.openapi.js';
import '../chatgpt/stateless-answers.openapi.js';
import '../chatgpt/shares.openapi.js';
import '../chatgpt/turns.openapi.js';
import '../health/health.openapi.js';
import '../health/metrics.openapi.js';
import '../health/home/home.openapi.js';
import '../admin/keys-admin.openapi.js';
import '../openai/completions.openapi.js';
import '../openai/conversation-extensions.openapi.js';
import '../openai/conversations-v1.openapi.js';
import '../openai/conversation-shares.openapi.js';
import '../openai/models.openapi.js';
import '../openai/compaction.openapi.js';
import '../openai/responses.openapi.js';
import { v1Schemas } from '../openai/v1-schemas.openapi.js';
import { version } from '../../platform/version.js';
import { Settings, type AuthMode } from '../../config/settings.js';
import { introductionTo, tags } from './api-document.texts.js';
import { documentedDtos } from '../../platform/openapi/document-dto.js';
import { requestBodyOf } from '../../platform/openapi/document-route.js';
import './docs.openapi.js';
import '../pages/pages.openapi.js';
import '../pages/try/try.openapi.js';

const requestId = '#/components/headers/x-request-id';

/** The whole OpenAPI document of a running application. */
export function buildApiDocument(app: INestApplication): OpenAPIObject {
  const { auth, http } = app.get(Settings);
  const document = SwaggerModule.createDocument(app, frameOf(app.get(Settings)), {
    autoTagControllers: false,
    extraModels: documentedDtos(),
  });
  for (const operation of operationsOf(document)) {
    const body = requestBodyOf(operation.operationId ?? '');
    if (body) operation.requestBody = body;
    addRequestId(operation);
    // Said of a public route too, so that it is not taken for one that was forgotten.
    operation.security = (operation.security ?? [])
      .flatMap((needed) => ('caller' in needed ? callerSecurity[auth.mode] : [needed]))
      .filter((needed) => !('metrics' in needed) || http.metricsToken !== null);
  }
  return document;
}

/** Every call may name itself and every answer is named, so that no route has to say so. */
function addRequestId(operation: OperationObject): void {
  operation.parameters = [
    ...(operation.parameters ?? []),
    { $ref: '#/components/parameters/x-request-id' },
  ];
  for (const response of Object.values(operation.responses)) {
    if (!response || '$ref' in response) continue;
    response.headers = { ...response.headers, 'x-request-id': { $ref: requestId } };
  }
}

function operationsOf({ paths }: OpenAPIObject): OperationObject[] {
  return Object.values(paths)
    .flatMap((path) => [path.get, path.post, path.patch, path.delete])
    .filter((operation) => operation !== undefined);
}

/** What a caller shows, any line of it, where AUTH_MODE decides. */
const callerSecurity: Readonly<Record<AuthMode, SecurityRequirementObject[]>> = {
  none: [],
  simple: [{ token: [] }, { bearer: [] }],
  normal: [{ token: [], uuid: [] }, { bearer: [] }],
};

/** Everything that does not belong to one route. */
function frameOf(settings: Settings): Omit<OpenAPIObject, 'paths'> {
  return {
    openapi: '3.0.3',
    info: {
      title: 'Alice',
      description: introductionTo(settings.auth.mode),
      version,
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
    },
    // Relative to the document, so that it holds behind any path prefix.
    servers: [{ url: '.', description: 'this service' }],
    tags,
    components: { securitySchemes: schemesOf(settings), ...components },
  };
}

/** The credentials that this service asks for; Swagger UI opens its form at the last one. */
function schemesOf({ auth, keys, http }: Settings): Record<string, SecuritySchemeObject> {
  return {
    ...(keys.adminToken === null ? {} : { admin: bearer('`/admin`: ADMIN_TOKEN.') }),
    ...(http.metricsToken === null ? {} : { metrics: bearer('`/metrics`: METRICS_TOKEN.') }),
    ...callerSchemes[auth.mode],
  };
}

const callerSchemes: Readonly<Record<AuthMode, Record<string, SecuritySchemeObject>>> = {
  none: {},
  simple: {
    bearer: bearer('`Authorization: Bearer …` in place of the header: TOKEN.'),
    token: header('token', 'The shared secret, TOKEN.'),
  },
  normal: {
    bearer: bearer('`Authorization: Bearer uuid.token` in place of the two headers.'),
    uuid: header(
      'uuid',
      '1 to 50 printable ASCII characters without spaces, new for every call. Each one works once.',
    ),
    token: header('token', 'The lower-case hex SHA-256 of TOKEN followed by the header `uuid`.'),
  },
};

function bearer(description: string): SecuritySchemeObject {
  return { type: 'http', scheme: 'bearer', description };
}

function header(name: string, description: string): SecuritySchemeObject {
  return { type: 'apiKey', in: 'header', name, description };
}

const components: ComponentsObject = {
  parameters: {
    'x-request-id': {
      name: 'x-request-id',
      in: 'header',
      description: "The caller's own name for this call: 1 to 128 printable ASCII characters.",
      schema: { type: 'string', maxLength: 128 },
    },
  },
  headers: {
    'x-request-id': {
      description: "The call's name, to look it up in the log: the caller's own or a new one.",
      schema: { type: 'string' },
    },
    'x-error-code': {
      description: 'What went wrong, for programs: the names of the examples.',
      schema: { type: 'string' },
    },
    'Retry-After': {
      description: 'Whole seconds after which the same call may succeed.',
      schema: { type: 'integer', minimum: 1 },
    },
    'WWW-Authenticate': {
      description: 'The scheme of `Authorization` that is taken: Bearer.',
      schema: { type: 'string' },
    },
    'x-should-retry': {
      description: "Tells OpenAI's client to send the call again, or not to.",
      schema: { type: 'string', enum: ['true', 'false'] },
    },
  },
  schemas: {
    ...v1Schemas,
    OpenAiError: {
      description: "OpenAI's error object, for every path under /v1.",
      type: 'object',
      properties: {
        error: {
          type: 'object',
          properties: {
            message: { type: 'string' },
            type: { type: 'string' },
            param: { type: 'string', nullable: true },
            code: { type: 'string', nullable: true },
          },
          required: ['message', 'type', 'param', 'code'],
        },
      },
      required: ['error'],
    },
    ProblemDetails: {
      description: 'Problem details (RFC 9457), for every path outside of /chatgpt and /v1.',
      type: 'object',
      properties: {
        type: { type: 'string', format: 'uri-reference' },
        title: { type: 'string' },
        status: { type: 'integer' },
        detail: { type: 'string' },
        code: { type: 'string' },
      },
      required: ['type', 'title', 'status', 'detail', 'code'],
    },
  },
};
