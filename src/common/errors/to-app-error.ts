import { HttpException } from '@nestjs/common';
import { AppError } from './app.error.js';
import { InternalError, RequestRefusedError } from './http.errors.js';

/** What body parsers and the router throw (the shape of the http-errors package). */
interface HttpError extends Error {
  status: number;
  type?: string;
}

/** Every thrown value as an {@link AppError}: ours as they are, the framework's by their status. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof HttpException) return refusal(thrown.getStatus(), thrown.message, thrown);
  if (isHttpError(thrown)) return refusal(thrown.status, sentenceFor(thrown), thrown);
  return new InternalError(thrown);
}

function refusal(status: number, detail: string, cause: unknown): AppError {
  if (status < 400 || status >= 500) return new InternalError(cause);
  return new RequestRefusedError(status, titles.get(status) ?? 'Request refused', detail);
}

const titles = new Map([
  [400, 'Bad request'],
  [404, 'Not found'],
  [405, 'Method not allowed'],
  [413, 'Body too large'],
  [415, 'Unsupported media type'],
]);

function isHttpError(thrown: unknown): thrown is HttpError {
  return thrown instanceof Error && 'status' in thrown && typeof thrown.status === 'number';
}

/** The parsers' own messages speak to programmers; callers get a sentence. */
function sentenceFor(error: HttpError): string {
  switch (error.type ?? '') {
    case 'entity.too.large':
      return 'The body is too large';
    case 'encoding.unsupported':
      return 'Unsupported content encoding. Send the body plain, or as gzip, deflate or br.';
    case 'request.aborted':
    case 'request.size.invalid':
      return 'The body ended too early';
    default:
      return error.status === 400 ? 'The request could not be read' : error.message;
  }
}
