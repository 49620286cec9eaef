import type { Response } from 'express';
import type { AppError } from '../errors/app.error.js';
import { ErrorFormat } from './error-format.js';

/** The place in the service's own page of errors that says what a code means and what helps. */
export function problemType(code: string): string {
  return `/docs/errors.html#${code}`;
}

/** Problem details (RFC 9457), for every path that no API claims. */
export class ProblemDetailsFormat extends ErrorFormat {
  readonly prefix = '';

  override write(error: AppError, response: Response): void {
    response.type('application/problem+json').send(
      JSON.stringify({
        type: problemType(error.code),
        title: error.title,
        status: response.statusCode,
        detail: error.detail,
        code: error.code,
      }),
    );
  }
}
