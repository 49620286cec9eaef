import type { ResponseTextConfig } from 'openai/resources/responses/responses';
import type { Fields } from '../../../platform/json/fields.js';
import { parseJsonSchema } from './json-schema.js';

const known = new Set(['format', 'verbosity']);

/** In which form the model answers: as text unless said. @throws InvalidFieldError */
export function parseText(body: Fields, isStrict: boolean): ResponseTextConfig {
  const text = body.fields('text');
  if (isStrict) text?.allow(known);
  const verbosity = text?.choice('verbosity', ['low', 'medium', 'high']) ?? null;
  const format = parseFormat(text?.fields('format') ?? null);
  return verbosity === null ? { format } : { format, verbosity };
}

function parseFormat(format: Fields | null): NonNullable<ResponseTextConfig['format']> {
  const type = format?.choice('type', ['text', 'json_object', 'json_schema']) ?? 'text';
  if (!format || type !== 'json_schema') return { type: type === 'json_object' ? type : 'text' };
  const schema = parseJsonSchema(format, 'schema');
  if (!schema) {
    const detail = "Missing required parameter: 'text.format.schema'.";
    throw format.fault('schema', 'missing_required_parameter', detail);
  }
  const description = format.text('description');
  return {
    type,
    name: format.requiredText('name'),
    schema,
    strict: format.flag('strict'),
    ...(description === null ? {} : { description }),
  };
}
