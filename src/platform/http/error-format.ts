import type { Response } from 'express';
import type { AppError } from '../errors/app.error.js';

/** The formats of responses that do not go by their paths. */
const own = new WeakMap<Response, ErrorFormat>();

/** How the errors under one path look; each API has its own. */
export abstract class ErrorFormat {
  /** The one that a response has for itself, because of who asked. */
  static of(response: Response): ErrorFormat | undefined {
    return own.get(response);
  }

  /** The paths it is for: this one and everything below it. */
  abstract readonly prefix: string;
  /** Paths below it that callers ask for without it, when their base URL lacks it. */
  readonly withoutPrefix: readonly string[] = [];

  /** The error's own status unless this API's callers expect another. */
  statusFor(error: AppError): number {
    return error.status;
  }

  /** From now on the errors of this response are in this format, whatever its path. */
  useFor(response: Response): void {
    own.set(response, this);
  }

  /** Writes the body and ends the response; status and common headers are set. */
  abstract write(error: AppError, response: Response): void;
}
