import type { Abstract } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { ApiQueryOptions } from '@nestjs/swagger';
import { AuthFailedError } from '../../auth/auth.errors.js';
import type { AppError } from '../../platform/errors/app.error.js';
import {
  BodyTooLargeError,
  BodyTooSlowError,
  BrokenEncodingError,
  InvalidFieldError,
  InvalidInputError,
  ShuttingDownError,
  TooManyBytesError,
  MultipartBodyError,
  UnsupportedCharsetError,
} from '../../platform/errors/http.errors.js';
import { DatabaseUnavailableError } from '../../platform/database/database.errors.js';
import { eventStream, type Content } from '../../platform/openapi/content.js';
import { exampleOfEach } from '../../platform/openapi/document-errors.js';
import { documentRoute, type RouteDocumentation } from '../../platform/openapi/document-route.js';
import { CallsModel } from '../../platform/lifecycle/calls-model.decorator.js';
import { RateLimitedError } from '../../rate-limit/rate-limit.errors.js';
import { TooManyRunningCallsError } from '../../platform/lifecycle/in-flight-calls.errors.js';
import { Writes } from '../../rate-limit/writes.decorator.js';
import {
  KeysCoolingError,
  NoKeysError,
  NoUsableKeyError,
  ModelNotAllowedError,
  UnknownModelError,
  UpstreamFailedError,
  UpstreamUnreachableError,
  NotTheApiError,
  ModelMissingError,
  UpstreamRefusedError,
  UpstreamTimeoutError,
} from '../../upstreams/upstream.errors.js';
import { OpenAiErrorFormat } from './openai-error.format.js';
import type { V1Schema } from './v1-schemas.openapi.js';

const format = new OpenAiErrorFormat();

/** Documents a route of `/v1`: what it has of its own, and what every one of them may answer. */
export function documentV1<Controller extends object>(
  controller: Abstract<Controller>,
  method: keyof Controller & string,
  route: Omit<RouteDocumentation, 'errorContent'>,
): void {
  const handler: unknown = controller.prototype[method];
  const callsModel = typeof handler === 'function' && new Reflector().get(CallsModel, handler);
  const writes = typeof handler === 'function' && new Reflector().get(Writes, handler);
  documentRoute(controller, method, {
    ...route,
    errors: [
      ...route.errors,
      ...(route.body ? everyBody : []),
      new AuthFailedError('auth.missing'),
      new AuthFailedError('auth.refused'),
      new DatabaseUnavailableError(null),
      ...(callsModel ? everyModelCall : []),
      ...(writes ? [new RateLimitedError(20)] : []),
    ],
    errorContent: errorObjects,
    statusOf: (error) => format.statusFor(error),
  });
}

/** What OpenAI's client may ask for besides. */
export const includeQuery: ApiQueryOptions = {
  name: 'include',
  required: false,
  description: 'Taken, also as `include[]`, and changes nothing: whatever there is is shown.',
  schema: { type: 'array', items: { type: 'string' } },
};

/** A JSON body, with examples of it by what they show. */
export function openAiJson(name: V1Schema, examples: Record<string, object>): Content {
  return {
    'application/json': {
      schema: { $ref: `#/components/schemas/${name}` },
      examples: Object.fromEntries(
        Object.entries(examples).map(([shown, value]) => [shown, { value }]),
      ),
    },
  };
}

/** An answer that is JSON, or an event stream where the body has `"stream": true`. */
export function openAiAnswer(name: V1Schema, example: object, events: string): Content {
  return { ...openAiJson(name, { answer: example }), ...eventStream({ streamed: events }) };
}

function errorObjects(errors: readonly AppError[]): Content {
  const examples = exampleOfEach(errors, (error) => ({ error: format.toErrorObject(error) }));
  const schema = { $ref: '#/components/schemas/OpenAiError' };
  return { 'application/json': { schema, examples } };
}

const everyBody: AppError[] = [
  new InvalidInputError('The body is not valid JSON'),
  new InvalidFieldError('stream', 'invalid_type', 'stream must be true or false'),
  new BrokenEncodingError(),
  new BodyTooLargeError(),
  new BodyTooSlowError(),
  new TooManyBytesError(),
  new UnsupportedCharsetError('gbk'),
  new MultipartBodyError(),
];

const everyModelCall: AppError[] = [
  new UpstreamRefusedError("Unsupported value: 'temperature' does not support 3.", {
    parameter: 'temperature',
    code: 'unsupported_value',
  }),
  new ModelNotAllowedError('gpt-0'),
  new UnknownModelError("The model 'gpt-0' does not exist"),
  new RateLimitedError(12),
  new KeysCoolingError(20),
  new UpstreamFailedError(),
  new UpstreamUnreachableError(),
  new NotTheApiError(),
  new ModelMissingError('gpt-6-luna'),
  new NoKeysError(),
  new NoUsableKeyError(),
  new TooManyRunningCallsError(),
  new ShuttingDownError(),
  new UpstreamTimeoutError('first byte'),
];
