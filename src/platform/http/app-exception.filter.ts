import {
  Catch,
  Logger,
  NotFoundException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { UnexpectedError, type AppError } from '../errors/app.error.js';
import { MethodNotAllowedError, PrefixMissingError } from '../errors/http.errors.js';
import { toAppError } from '../errors/to-app-error.js';
import { allowedMethods } from './allowed-methods.js';
import { ErrorFormat } from './error-format.js';
import { requestIdOf } from '../telemetry/request-id.js';
import { RequestRecord } from '../telemetry/request-record.js';

/** Closed, it is to look as if nothing were there. */
const hidden = '/admin';

/** Answers every error in the format of the API that it happened in, and logs what the service's own came from. */
@Catch()
export class AppExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger(AppExceptionFilter.name);

  /** @param formats the most specific prefix first; the last one takes everything */
  constructor(private readonly formats: readonly ErrorFormat[]) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const format = ErrorFormat.of(response) ?? this.formatFor(request.path);
    const error =
      thrown instanceof NotFoundException ? noRoute(thrown, request, format) : toAppError(thrown);
    this.log(error, response);
    const status = format.statusFor(error);
    RequestRecord.of(response)?.failed(error, status);
    if (response.destroyed || response.writableEnded) return;
    if (!response.headersSent) {
      // Node would reset a connection that is to be closed, while its caller still sends.
      if (!request.complete) response.shouldKeepAlive = true;
      response.status(status).set(error.headers);
    }
    format.write(error, response);
  }

  private formatFor(path: string): ErrorFormat {
    const format = this.formats.find(({ prefix, withoutPrefix }) =>
      [prefix, ...withoutPrefix].some((start) => isUnder(path, start)),
    );
    if (!format) throw new Error('No error format takes every path');
    return format;
  }

  /** Every request has its line with its error's code; this is what else helps to find a fault. */
  private log(error: AppError, response: Response): void {
    if (!(error instanceof UnexpectedError) || error.cause === undefined) return;
    const { code } = error;
    const requestId = requestIdOf(response);
    this.logger.error({ event: 'call.failed', code, requestId, cause: stackOf(error) });
  }
}

/** What no route takes: the path, its prefix, or only the method. OPTIONS is for browsers, which need no more. */
function noRoute(thrown: NotFoundException, request: Request, { prefix }: ErrorFormat): AppError {
  const { method, path } = request;
  if (!isUnder(path, prefix)) return new PrefixMissingError(path, prefix);
  const isElsewhere = method === 'OPTIONS' || isUnder(path, hidden);
  const allowed = isElsewhere ? [] : allowedMethods(request);
  return allowed.length > 0 ? new MethodNotAllowedError(method, allowed) : toAppError(thrown);
}

/** Without regard to case, as the router matches. */
function isUnder(path: string, prefix: string): boolean {
  return `${path.toLowerCase()}/`.startsWith(`${prefix}/`);
}

/** Messages and places in the code; values that a query or a call had with it are left out. */
function stackOf({ cause }: AppError): string | undefined {
  return cause instanceof Error ? cause.stack : undefined;
}
