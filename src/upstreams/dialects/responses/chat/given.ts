import type { Fields, JsonObject } from '../../../../platform/json/fields.js';

/** The members of an object that have a value, but for those of the names. */
export function given(object: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(([name, value]) => value !== null && !names.includes(name)),
  );
}

/** @throws InvalidFieldError where the field is absent or no object */
export function requiredFields(fields: Fields, name: string): Fields {
  return fields.fields(name) ?? missing(fields, name);
}

/** @throws InvalidFieldError, always */
export function missing(fields: Fields, name: string): never {
  const detail = `Missing required parameter: '${fields.at(name)}'.`;
  throw fields.fault(name, 'missing_required_parameter', detail);
}
