import type { IncomingHttpHeaders } from 'node:http';
import { AuthFailedError } from './auth.errors.js';
import type { Caller } from './caller.js';

/** How callers prove themselves; AUTH_MODE chooses one for the whole service. */
export abstract class AuthStrategy {
  /** Who these headers prove to call; null who may not. Never reads the body. */
  abstract authenticate(headers: IncomingHttpHeaders): Caller | null | Promise<Caller | null>;

  /**
   * Which credential headers that passed prove: the same for every call of whoever holds it, and
   * nothing that it could be found out from.
   */
  abstract credentialOf(headers: IncomingHttpHeaders): string;
}

/** What is said of headers that prove nothing, by whether those that could have are there. */
export function authFailed(
  headers: IncomingHttpHeaders,
  names: readonly string[] = ['token', 'authorization'],
): AuthFailedError {
  return new AuthFailedError(names.some((name) => headers[name]) ? 'auth.refused' : 'auth.missing');
}

/** A header's value if it was sent once; an empty one says as little as none. */
export function headerValue(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** What follows `Authorization: Bearer`. */
export function bearerOf(headers: IncomingHttpHeaders): string | null {
  return /^Bearer +(\S.*)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}
