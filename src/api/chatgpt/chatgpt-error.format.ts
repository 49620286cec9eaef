import type { Response } from 'express';
import { AuthFailedError } from '../../auth/auth.errors.js';
import type { AppError } from '../../platform/errors/app.error.js';
import { ErrorFormat } from '../../platform/http/error-format.js';
import { EventStream } from '../../platform/http/event-stream.js';
import type { BufferedResponse } from '../../platform/http/buffered-response.js';
import { RateLimitedError } from '../../rate-limit/rate-limit.errors.js';

/** This API's errors: one sentence as plain text, or an error event when a stream has begun. */
export class ChatgptErrorFormat extends ErrorFormat {
  readonly prefix = '/chatgpt';

  /** @param legacyStatusCodes LEGACY_STATUS_CODES: 505, 502 and 500 where the original had them */
  constructor(private readonly legacyStatusCodes: boolean) {
    super();
  }

  override statusFor(error: AppError): number {
    if (!this.legacyStatusCodes) return error.status;
    if (error instanceof AuthFailedError) return 505;
    if (error instanceof RateLimitedError) return 502;
    return 500;
  }

  override write(error: AppError, response: Response): void {
    const stream = EventStream.of(response);
    if (stream) stream.fail(error.detail);
    else response.type('text/plain').send(error.detail);
  }

  /** The same as it can be kept. */
  answerTo(error: AppError): BufferedResponse {
    const headers = {
      'Content-Type': 'text/plain; charset=utf-8',
      ...error.headers,
    };
    return { status: this.statusFor(error), headers, body: error.detail };
  }
}
