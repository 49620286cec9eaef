import type { Abstract } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { ApiHeaderOptions } from '@nestjs/swagger';
import { AuthFailedError } from '../../auth/auth.errors.js';
import type { AppError } from '../../platform/errors/app.error.js';
import {
  BodyEndedEarlyError,
  BodyTooLargeError,
  BodyTooSlowError,
  BrokenEncodingError,
  InvalidInputError,
  ShuttingDownError,
  TooManyBytesError,
  UnsupportedEncodingError,
  MultipartBodyError,
  UnsupportedCharsetError,
} from '../../platform/errors/http.errors.js';
import { ConversationNotFoundError } from '../../conversations/conversations.errors.js';
import { DatabaseUnavailableError } from '../../platform/database/database.errors.js';
import { eventStream, text, type Content } from '../../platform/openapi/content.js';
import { sentences } from '../../platform/openapi/document-errors.js';
import {
  documentRoute,
  type Answer,
  type RouteDocumentation,
} from '../../platform/openapi/document-route.js';
import { CallsModel } from '../../platform/lifecycle/calls-model.decorator.js';
import { RateLimitedError } from '../../rate-limit/rate-limit.errors.js';
import { TooManyRunningCallsError } from '../../platform/lifecycle/in-flight-calls.errors.js';
import { Writes } from '../../rate-limit/writes.decorator.js';
import {
  EmptyAnswerError,
  KeysCoolingError,
  NoKeysError,
  NoUsableKeyError,
  UpstreamFailedError,
  UpstreamUnreachableError,
  NotTheApiError,
  ModelMissingError,
  UpstreamRefusedError,
  UpstreamTimeoutError,
} from '../../upstreams/upstream.errors.js';
import { misnamed } from './conversation-header.decorator.js';
import { answer, unknownId } from './examples.openapi.js';

/** Documents a `TextPost`: what it has of its own, and what every one of them may answer. */
export function documentTextPost<Controller extends object>(
  controller: Abstract<Controller>,
  method: keyof Controller & string,
  route: Omit<RouteDocumentation, 'errorContent'>,
): void {
  const handler: unknown = controller.prototype[method];
  documentRoute(controller, method, {
    ...route,
    errors: [
      ...route.errors,
      ...(route.body ? everyBody : []),
      ...everyGuarded,
      ...(isMarked(CallsModel, handler) ? everyModelCall : []),
      ...(isMarked(Writes, handler) ? [new RateLimitedError(20)] : []),
    ],
    errorContent: sentences,
  });
}

/** As the limits see it. */
function isMarked(mark: typeof CallsModel, handler: unknown): boolean {
  return typeof handler === 'function' && new Reflector().get(mark, handler);
}

/** Which conversation it is about. */
export const conversationHeader: ApiHeaderOptions = {
  name: 'conversation',
  required: true,
  description: "The conversation's id, as its creation answered it.",
};

/** What is wrong when that header is. */
export const conversationHeaderErrors: AppError[] = [
  new InvalidInputError('conversation id is nil'),
  misnamed('conversation-id'),
  new ConversationNotFoundError(unknownId),
];

/** What is wrong with a body that should be a JSON object. */
export const jsonErrors: AppError[] = [
  new InvalidInputError('The body is not valid JSON'),
  new InvalidInputError('The body is nested more than 16 levels deep'),
  new InvalidInputError('Unknown key: temperature'),
  new InvalidInputError('prompt must be a string'),
  new InvalidInputError('stream must be true or false'),
];

/** An answer of the model, whole or as an event stream. */
export function modelAnswer(description: string, example: Content = text({ answer })): Answer {
  return {
    description,
    headers: {
      'Cache-Control': '`no-cache` on an event stream, else `no-store`.',
      'x-context-trimmed':
        'How many of the oldest turns were left out, where a history is too long for its model.',
      'X-Accel-Buffering': '`no`, on an event stream only: proxies must not hold pieces back.',
    },
    content: { ...example, ...eventStream(streams) },
  };
}

const streams = {
  complete: 'data: Air\n\ndata:  scatters\n\ndata:  blue light.\n\ndata: [DONE]\n\n',
  'a piece with a line feed': 'data: Two lines:\ndata: this is the second.\n\ndata: [DONE]\n\n',
  'failed after it began': `data: Air\n\nevent: error\ndata: ${new UpstreamFailedError().detail}\n\n`,
};

/** What any call that needs the token may answer. */
export const everyGuarded: AppError[] = [
  new AuthFailedError('auth.missing'),
  new AuthFailedError('auth.refused'),
  new DatabaseUnavailableError(null),
];

/** Where a body is taken; elsewhere it is not read. */
export const everyBody: readonly AppError[] = [
  new InvalidInputError('The body is not valid UTF-8'),
  new BrokenEncodingError(),
  new BodyEndedEarlyError(),
  new BodyTooLargeError(),
  new BodyTooSlowError(),
  new TooManyBytesError(),
  new UnsupportedCharsetError('gbk'),
  new MultipartBodyError(),
  new UnsupportedEncodingError(),
];

const everyModelCall: AppError[] = [
  new UpstreamRefusedError("This model's maximum context length is 128000 tokens."),
  new RateLimitedError(12),
  new KeysCoolingError(20),
  new UpstreamFailedError(),
  new UpstreamUnreachableError(),
  new NotTheApiError(),
  new ModelMissingError('gpt-6-luna'),
  new EmptyAnswerError(),
  new NoKeysError(),
  new NoUsableKeyError(),
  new TooManyRunningCallsError(),
  new ShuttingDownError(),
  new UpstreamTimeoutError('first byte'),
];
