import { APIConnectionError, APIError } from 'openai';
import { errorCode } from '../common/errors/error-code.js';
import type { KeySignal } from '../keys/key-signal.js';

/** What went wrong with one attempt, seen from who must act. */
export type CallFailure =
  /** The key was refused; another one may serve. */
  | { type: 'key'; signal: KeySignal }
  /** The upstream or the way to it failed before the answer; the same call may succeed. */
  | { type: 'fault' }
  /** The request was sent and nothing came in time; sending it again could ask twice. */
  | { type: 'timeout' }
  /** The upstream names a parameter that it does not take. */
  | { type: 'request'; reason: string; parameter: string | null }
  /** An answer that cannot be read, or a refusal that no other key or attempt would change. */
  | { type: 'broken' };

/**
 * Sorts what an attempt threw. Matches on code and type first, then on the status, and never on
 * words of the message: a 400 that says "credit" must not cost a key.
 */
export function classify(thrown: unknown): CallFailure {
  if (thrown instanceof APIConnectionError) return { type: 'fault' };
  if (isAnswer(thrown)) return classifyAnswer(thrown);
  const code = errorCode(thrown);
  if (code === 'UND_ERR_BODY_TIMEOUT') return { type: 'timeout' };
  return { type: connectionErrors.has(code) ? 'fault' : 'broken' };
}

/** How undici and the socket name a connection that broke while the body was being read. */
const connectionErrors = new Set(['UND_ERR_SOCKET', 'UND_ERR_ABORTED', 'ECONNRESET', 'EPIPE']);

/** An error that the upstream itself answered with. */
export function isAnswer(thrown: unknown): thrown is APIError {
  return thrown instanceof APIError;
}

function classifyAnswer(error: APIError): CallFailure {
  const names = [error.code, error.type];
  // A 400 is about the request, whatever it is called; only then do names say more than a status.
  const isAboutRequest = error.status === 400 || error.status === 413 || error.status === 422;
  if (names.includes('insufficient_quota') && !isAboutRequest) {
    return { type: 'key', signal: { type: 'quota-exhausted' } };
  }
  if (names.includes('invalid_api_key') && !isAboutRequest) {
    return { type: 'key', signal: { type: 'rejected' } };
  }
  if (names.includes('rate_limit_exceeded') && error.status === undefined) {
    return { type: 'key', signal: { type: 'rate-limited', retryAfterMs: null } };
  }
  switch (error.status ?? 0) {
    case 401:
      return { type: 'key', signal: { type: 'rejected' } };
    case 403:
      return { type: 'key', signal: { type: 'forbidden' } };
    case 429:
      return {
        type: 'key',
        signal: { type: 'rate-limited', retryAfterMs: retryAfterMs(error.headers) },
      };
    case 400:
    case 413:
    case 422:
      return { type: 'request', reason: reasonOf(error), parameter: error.param ?? null };
    default:
      return { type: (error.status ?? 0) >= 500 ? 'fault' : 'broken' };
  }
}

/** The upstream's own sentence; the client's message puts the status in front of it. */
export function reasonOf(error: APIError): string {
  const body: unknown = error.error;
  if (typeof body === 'object' && body !== null && 'message' in body) {
    if (typeof body.message === 'string' && body.message !== '') return body.message;
  }
  return error.message;
}

/** Seconds or a date, as HTTP has it, or OpenAI's milliseconds. */
function retryAfterMs(headers: Pick<Headers, 'get'> | undefined): number | null {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (!Number.isNaN(milliseconds)) return milliseconds;
  const value = headers?.get('retry-after') ?? '';
  const seconds = Number.parseFloat(value);
  if (!Number.isNaN(seconds)) return seconds * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : date - Date.now();
}
