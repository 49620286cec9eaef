import { exceededBound } from '../../platform/json/json-bounds.js';
import { AnswerTooLargeError } from '../transport/answer-limits.js';
import { errorIn, type AnswerHeaders } from './answered-error.js';

/** The answer is not one: it ended before its finish reason, or has no choices. */
export class TruncatedAnswerError extends Error {}

/** The answer is a page for people: what sent it is no model service. */
export class WebPageError extends Error {}

/** Shorter texts have no structure that is worth counting. */
const longestUncounted = 65_536;
/** Of the largest answer that is read: embeddings, which are numbers, have the most values. */
const bounds = { depth: 100, keys: 1_000_000, values: 3_000_000 };

/**
 * A whole answer, or what one event of a stream says.
 *
 * @throws WebPageError, SyntaxError or TruncatedAnswerError when it is none, and APIError for an error
 *   in its place
 */
export function parseAnswer(data: string, headers: AnswerHeaders): object {
  const isLong = data.length > longestUncounted;
  if (isLong && exceededBound(data, bounds) !== null) throw new AnswerTooLargeError();
  const value = parse(data);
  const error = errorIn(value, headers);
  if (error) throw error;
  if (typeof value !== 'object' || value === null) throw new TruncatedAnswerError();
  return value;
}

/** @throws WebPageError or SyntaxError */
function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    throw /^\s*</.test(data) ? new WebPageError() : error;
  }
}
