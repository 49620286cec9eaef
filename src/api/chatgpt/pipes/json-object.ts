import type { Type } from '@nestjs/common';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { InvalidInputError } from '../../../platform/errors/http.errors.js';
import type { JsonObject } from '../../../platform/json/fields.js';

/** Whether a body that may be JSON is. */
export function looksLikeJson(body: string): boolean {
  return /^\s*\{/.test(body);
}

/** @throws InvalidInputError naming the first key that is wrong */
export function toDto<Dto extends object>(type: Type<Dto>, properties: JsonObject): Dto {
  const known = knownKeys(type);
  const unknown = Object.keys(properties).find((key) => !known.has(key));
  if (unknown !== undefined) throw new InvalidInputError(`Unknown key: ${unknown.slice(0, 64)}`);
  // Taken as they are: whatever a value may be made of, the validator looks at its type first.
  const dto = Object.assign(new type(), properties);
  const [problem] = validateSync(dto, { stopAtFirstError: true });
  if (problem) throw new InvalidInputError(sentenceOf(problem));
  return dto;
}

const keysByType = new Map<Type<object>, ReadonlySet<string>>();

/** The validator's own list of keys takes `constructor` and its like for known. */
function knownKeys(type: Type<object>): ReadonlySet<string> {
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
