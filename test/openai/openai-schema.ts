import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv';

/** OpenAI's published schema, as it is: not a part of this repository. */
const file = resolve(process.env['OPENAI_SCHEMA_FILE'] ?? '../shared/openai/openapi-subset.json');

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')) as object, 'openai');

const validators = new Map<string, ValidateFunction>();

/** What is wrong with a value by a schema of OpenAI's document; empty when nothing is. */
export function faultsOf(schema: string, value: unknown): string[] {
  const reference = `openai#/components/schemas/${schema}`;
  const validate = validators.get(schema) ?? ajv.compile({ $ref: reference });
  validators.set(schema, validate);
  if (validate(value)) return [];
  const shown = JSON.stringify(value).slice(0, 500);
  return (validate.errors ?? []).map(
    ({ instancePath, message = '' }) => `${schema}${instancePath} ${message}: ${shown}`,
  );
}
