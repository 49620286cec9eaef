import { InvalidInputError } from '../errors/http.errors.js';
import { isJsonObject, type JsonObject } from '../json/fields.js';
import { exceededBound, type JsonBounds } from '../json/json-bounds.js';

/**
 * What OpenAI takes fits: 300,000 numbers to be embedded, or 2,048 messages of ten keys each with a
 * hundred tools. Either is parsed in the time of a few megabytes of text.
 */
const most = { keys: 25_000, values: 100_000 };
/** For objects of a few keys; the first level counted. */
const usualDepth = 16;

/** What a body may hold that is so many levels deep. */
export function boundsOf(depth: number): JsonBounds {
  return { depth, keys: most.keys, values: most.values };
}

/** @param exceeded what a scan of a body found @throws InvalidInputError where it found something */
export function refuseBeyond(exceeded: string | null): void {
  if (exceeded !== null) throw new InvalidInputError(`The body ${exceeded}`);
}

/**
 * A body that must be a JSON object, of the usual depth.
 *
 * @throws InvalidInputError when it is broken, exceeds a bound or is not an object
 */
export function parseJsonObject(body: string): JsonObject {
  refuseBeyond(exceededBound(body, boundsOf(usualDepth)));
  return parseChecked(body);
}

/** The same for a body whose bounds were checked. @throws InvalidInputError */
export function parseChecked(body: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new InvalidInputError('The body is not valid JSON');
  }
  if (isJsonObject(parsed)) return parsed;
  throw new InvalidInputError('The body must be a JSON object');
}
