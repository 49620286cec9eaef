import type { Response } from 'express';
import type { AppError } from '../errors/app.error.js';
import { ErrorFormat } from './error-format.js';

/** Problem details (RFC 9457), for every path that no door claims. */
export class ProblemDetailsFormat extends ErrorFormat {
  readonly prefix = '';

  override write(error: AppError, response: Response): void {
    response.type('application/problem+json').send(
      JSON.stringify({
        type: 'about:blank',
        title: error.title,
        status: response.statusCode,
        detail: error.detail,
        code: error.code,
      }),
    );
  }
}
