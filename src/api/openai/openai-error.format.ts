import type { Response } from 'express';
import type { ErrorObject } from 'openai/resources/shared';
import type { AppError } from '../../platform/errors/app.error.js';
import { InvalidFieldError } from '../../platform/errors/http.errors.js';
import { ErrorFormat } from '../../platform/http/error-format.js';
import { EventStream } from '../../platform/http/event-stream.js';
import type { BufferedResponse } from '../../platform/http/buffered-response.js';
import { UpstreamRefusedError } from '../../upstreams/upstream.errors.js';

/** Where the OpenAI API has its own name, field or status for what went wrong. */
interface OpenAiFault {
  status?: number;
  code?: string;
  param?: string;
  /** Said where the official client would decide otherwise by the status. */
  retry?: boolean;
}

const faults = new Map<string, OpenAiFault>([
  ['auth.missing', { code: 'invalid_api_key' }],
  ['auth.refused', { code: 'invalid_api_key' }],
  ['request.not_found', { code: 'unknown_url' }],
  ['upstream.unknown_model', { code: 'model_not_found', param: 'model' }],
  ['upstream.model_missing', { status: 404, code: 'model_not_found', param: 'model' }],
  ['upstream.not_the_api', { retry: false }],
  ['upstream.model_not_allowed', { param: 'model' }],
  ['rate_limit.exceeded', { code: 'rate_limit_exceeded' }],
  ['upstream.keys_cooling', { code: 'rate_limit_exceeded' }],
  // Nothing that a client could wait for.
  ['upstream.no_keys', { retry: false }],
  ['upstream.no_usable_key', { retry: false }],
  ['upstream.no_key_for_model', { retry: false }],
  ['upstream.rejects_all', { retry: false }],
  [
    'conversation.turn_running',
    { status: 400, code: 'conversation_locked', param: 'conversation', retry: false },
  ],
  ['idempotency.invalid_key', { code: 'invalid_idempotency_key' }],
  ['idempotency.key_reused', { code: 'idempotency_key_reused' }],
  ['idempotency.key_running', { code: 'idempotency_key_running' }],
  ['idempotency.answer_dropped', { code: 'idempotency_answer_dropped' }],
  ['idempotency.answer_too_large', { code: 'idempotency_answer_too_large' }],
  ['conversation.too_long', { param: 'input' }],
  ['conversation.empty', { code: 'conversation_empty' }],
  ['page.cursor_not_found', { param: 'after' }],
  ['window.context_length_exceeded', { param: 'input' }],
  ['compaction.unreadable', { code: 'invalid_encrypted_content', param: 'input' }],
  ['compaction.nothing', { code: 'nothing_to_compact', param: 'input' }],
  ['response.too_many_in_background', { code: 'rate_limit_exceeded', param: 'background' }],
  ['response.previous_response_not_found', { param: 'previous_response_id' }],
  ['response.previous_response_too_long', { param: 'previous_response_id' }],
  ['response.previous_response_not_complete', { param: 'previous_response_id' }],
]);

/** A longer wait is not for the official client: it would sleep through it, or ask again at once. */
const longestWaitSeconds = 60;

/** This API's errors: OpenAI's error object, as the last event of a stream that has begun. */
export class OpenAiErrorFormat extends ErrorFormat {
  readonly prefix = '/v1';
  override readonly withoutPrefix = [
    '/responses',
    '/chat/completions',
    '/completions',
    '/embeddings',
    '/models',
    '/conversations',
  ];

  override statusFor(error: AppError): number {
    return faults.get(error.code)?.status ?? error.status;
  }

  override write(error: AppError, response: Response): void {
    const { headers, body } = this.answerTo(error);
    const stream = EventStream.of(response);
    if (stream) stream.breakOff(body);
    else response.set(headers).send(body);
  }

  /** The same as it can be kept. */
  answerTo(error: AppError): BufferedResponse {
    const isTooLong = (error.retryAfterSeconds ?? 0) > longestWaitSeconds;
    const retry = isTooLong ? false : faults.get(error.code)?.retry;
    return {
      status: this.statusFor(error),
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        ...error.headers,
        ...(retry === undefined ? {} : { 'x-should-retry': String(retry) }),
      },
      body: JSON.stringify({ error: this.toErrorObject(error) }),
    };
  }

  /** The error as callers of the OpenAI API know errors. */
  toErrorObject(error: AppError): ErrorObject {
    const { code = codeOf(error), param = paramOf(error) } = faults.get(error.code) ?? {};
    return { message: shownMessage(error), type: typeOf(this.statusFor(error)), param, code };
  }
}

function shownMessage(error: AppError): string {
  return error instanceof UpstreamRefusedError ? error.reason : error.detail;
}

function codeOf(error: AppError): string {
  if (error instanceof InvalidFieldError) return error.fault;
  if (error instanceof UpstreamRefusedError && error.details.code !== null) {
    return error.details.code;
  }
  return error.code.slice(error.code.indexOf('.') + 1);
}

function paramOf(error: AppError): string | null {
  if (error instanceof InvalidFieldError) return error.param;
  return error instanceof UpstreamRefusedError ? error.details.parameter : null;
}

function typeOf(status: number): string {
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}
