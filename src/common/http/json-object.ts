import { InvalidInputError } from '../errors/http.errors.js';
import { isJsonObject, type JsonObject } from '../json/fields.js';
import { exceededBound, type JsonBounds } from '../json/json-bounds.js';

/** What bodies may hold: more than any honest one, and parsed within ten milliseconds. */
const bounds: JsonBounds = { depth: 16, keys: 20_000, values: 100_000 };

/**
 * A body that must be a JSON object.
 *
 * @param depth how many levels it may have, the first counted
 * @throws InvalidInputError when it is broken, exceeds a bound or is not an object
 */
export function parseJsonObject(body: string, depth = bounds.depth): JsonObject {
  const exceeded = exceededBound(body, { ...bounds, depth });
  if (exceeded !== null) throw new InvalidInputError(`The body ${exceeded}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new InvalidInputError('The body is not valid JSON');
  }
  if (isJsonObject(parsed)) return parsed;
  throw new InvalidInputError('The body must be a JSON object');
}
