import type { ApiHeaderOptions } from '@nestjs/swagger';
import {
  AnswerNoLongerKeptError,
  AnswerTooLargeToReplayError,
  IdempotencyKeyLostError,
  IdempotencyKeyReusedError,
  IdempotencyKeyRunningError,
  InvalidIdempotencyKeyError,
} from './idempotency.errors.js';
import type { RouteDocumentation } from '../platform/openapi/document-route.js';

const header: ApiHeaderOptions = {
  name: 'Idempotency-Key',
  required: false,
  description:
    'Makes the call safe to repeat: it is done once, and for 24 hours every repeat with the same key and the same body is sent the same answer. The call goes on when its caller leaves.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

const errors = [
  new InvalidIdempotencyKeyError(),
  new IdempotencyKeyReusedError(),
  new IdempotencyKeyRunningError(2),
  new AnswerTooLargeToReplayError(),
  new AnswerNoLongerKeptError(),
  new IdempotencyKeyLostError(),
];

/** A route that takes an Idempotency-Key, with what that adds to it. */
export function withIdempotencyKey<Route extends Omit<RouteDocumentation, 'errorContent'>>(
  route: Route,
): Route {
  return {
    ...route,
    headers: [...(route.headers ?? []), header],
    answer: {
      ...route.answer,
      headers: {
        ...route.answer.headers,
        'idempotency-replayed': '`true` on the answer to a repeat; a stream has its text in one.',
      },
    },
    errors: [...route.errors, ...errors],
  };
}
