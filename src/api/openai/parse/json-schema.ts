import type { Fields, JsonObject } from '../../../platform/json/fields.js';

/** Of a schema as JSON: OpenAI takes 120,000 of its names and values. */
const longest = 1_048_576;

/**
 * A field that is a JSON schema, which goes to the model and is shown and kept with every response.
 *
 * @throws InvalidFieldError when it is too long
 */
export function parseJsonSchema(fields: Fields, name: string): JsonObject | null {
  const schema = fields.fields(name)?.object ?? null;
  if (schema === null || JSON.stringify(schema).length <= longest) return schema;
  const detail = `${fields.at(name)} is over ${longest} characters`;
  throw fields.fault(name, 'invalid_value', detail);
}
