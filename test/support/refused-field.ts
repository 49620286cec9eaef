import { InvalidFieldError } from '../../src/platform/errors/http.errors.js';

/** What a call was refused with that has a wrong field. */
export function refusedField(call: () => unknown): InvalidFieldError {
  try {
    call();
  } catch (error) {
    if (error instanceof InvalidFieldError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}
