import { errorIn } from './answered-error.js';

/** The answer is not one: it ended before its finish reason, or has no choices. */
export class TruncatedAnswerError extends Error {}

/**
 * A whole answer, or what one event of a stream says.
 *
 * @throws SyntaxError or TruncatedAnswerError when it is none, and APIError for an error in its place
 */
export function parseAnswer(data: string, headers: Headers): object {
  const value: unknown = JSON.parse(data);
  const error = errorIn(value, headers);
  if (error) throw error;
  if (typeof value !== 'object' || value === null) throw new TruncatedAnswerError();
  return value;
}
