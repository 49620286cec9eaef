import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { UnexpectedError, UserError, type AppError } from '../errors/app.error.js';
import { toAppError } from '../errors/to-app-error.js';
import { ErrorFormat } from './error-format.js';
import { requestIdOf } from './request-id.js';

/** Answers every error in the format of the door that it happened at, and logs the service's own. */
@Catch()
export class AppExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger(AppExceptionFilter.name);

  /** @param formats the most specific prefix first; the last one takes everything */
  constructor(private readonly formats: readonly ErrorFormat[]) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const error = toAppError(thrown);
    this.log(error, response);
    if (response.destroyed || response.writableEnded) return;
    const format = this.formats.find(({ prefix }) => isUnder(request.path, prefix));
    if (!format) throw new Error('No error format takes every path');
    if (!response.headersSent) {
      response.status(format.statusFor(error));
      if (error.retryAfterSeconds !== undefined) {
        response.setHeader('Retry-After', error.retryAfterSeconds);
      }
    }
    format.write(error, response);
  }

  private log(error: AppError, response: Response): void {
    if (error instanceof UserError) return;
    const line = { event: 'call.failed', code: error.code, requestId: requestIdOf(response) };
    if (error instanceof UnexpectedError) this.logger.error({ ...line, cause: stackOf(error) });
    else this.logger.warn(line);
  }
}

/** Without regard to case, as the router matches. */
function isUnder(path: string, prefix: string): boolean {
  return `${path.toLowerCase()}/`.startsWith(`${prefix}/`);
}

/** Messages and places in the code; values that a query or a call had with it are left out. */
function stackOf({ cause }: AppError): string | undefined {
  return cause instanceof Error ? cause.stack : undefined;
}
