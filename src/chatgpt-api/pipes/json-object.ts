import { plainToInstance, type ClassConstructor } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { InvalidInputError } from '../../common/errors/http.errors.js';

const deepest = 16;

/** Whether a body that may be JSON is. */
export function looksLikeJson(body: string): boolean {
  return /^\s*\{/.test(body);
}

/** @throws InvalidInputError when it is broken, nested too deeply or not an object */
export function parseJsonObject(body: string): Record<string, unknown> {
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

/** @throws InvalidInputError naming the first key that is wrong */
export function toDto<Dto extends object>(
  type: ClassConstructor<Dto>,
  properties: Record<string, unknown>,
): Dto {
  const known = knownKeys(type);
  const unknown = Object.keys(properties).find((key) => !known.has(key));
  if (unknown !== undefined) throw new InvalidInputError(`Unknown key: ${unknown.slice(0, 64)}`);
  const dto = plainToInstance(type, properties);
  const [problem] = validateSync(dto, { stopAtFirstError: true });
  if (problem) throw new InvalidInputError(sentenceOf(problem));
  return dto;
}

const keysByType = new Map<ClassConstructor<object>, ReadonlySet<string>>();

/** The validator's own list of keys takes `constructor` and its like for known. */
function knownKeys(type: ClassConstructor<object>): ReadonlySet<string> {
  const found = keysByType.get(type);
  if (found) return found;
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const keys = new Set(rules.map(({ propertyName }) => propertyName));
  keysByType.set(type, keys);
  return keys;
}

function sentenceOf({ property, constraints = {} }: ValidationError): string {
  return Object.values(constraints)[0] ?? `${property} is not usable`;
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}
