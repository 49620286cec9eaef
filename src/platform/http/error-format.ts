import type { Response } from 'express';
import type { AppError } from '../errors/app.error.js';

/** How the errors under one path look; each API has its own. */
export abstract class ErrorFormat {
  /** The paths it is for: this one and everything below it. */
  abstract readonly prefix: string;
  /** Paths below it that callers ask for without it, when their base URL lacks it. */
  readonly withoutPrefix: readonly string[] = [];

  /** The error's own status unless this API's callers expect another. */
  statusFor(error: AppError): number {
    return error.status;
  }

  /** Writes the body and ends the response; status and common headers are set. */
  abstract write(error: AppError, response: Response): void;
}
