import { HttpException } from '@nestjs/common';
import { AppError } from './app.error.js';
import { InternalError, RequestRefusedError } from './http.errors.js';

/** What the router throws (the shape of the http-errors package). */
interface HttpError extends Error {
  status: number;
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
]);

function isHttpError(thrown: unknown): thrown is HttpError {
  return thrown instanceof Error && 'status' in thrown && typeof thrown.status === 'number';
}

/** The router's own messages speak to programmers; callers get a sentence. */
function sentenceFor({ status, message }: HttpError): string {
  return status === 400 ? 'The request could not be read' : message;
}
