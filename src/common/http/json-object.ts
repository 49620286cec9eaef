import { InvalidInputError } from '../errors/http.errors.js';

/**
 * A body that must be a JSON object.
 *
 * @param deepest how many levels it may have below the first
 * @throws InvalidInputError when it is broken, nested too deeply or not an object
 */
export function parseJsonObject(body: string, deepest = 16): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new InvalidInputError('The body is not valid JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new InvalidInputError('The body must be a JSON object');
  }
  if (isDeeperThan(deepest, parsed)) {
    throw new InvalidInputError(`The body is nested more than ${deepest} levels deep`);
  }
  return { ...parsed };
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}
