import { readFileSync } from 'node:fs';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** Finds the schema of that name in OpenAI's document. */
type Judge = (name: string) => ValidateFunction;

/** By the installed client's types. */
function clientJudge(): Judge {
  const file = process.env['OPENAI_CLIENT_VALIDATORS'] ?? '';
  const validators = jest.requireActual<Partial<Record<string, ValidateFunction>>>(file);
  return (name) => {
    const validate = validators[`${name}Schema`];
    if (!validate) throw new Error(`client-types.ts has no ${name}Schema`);
    return validate;
  };
}

/** By OpenAI's published document, which knows ranges too: for whoever has it. */
function documentJudge(file: string): Judge {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')) as object, 'openai');
  return (name) => ajv.compile({ $ref: `openai#/components/schemas/${name}` });
}

const documentFile = process.env['OPENAI_SCHEMA_FILE'];
const judges = [clientJudge(), ...(documentFile ? [documentJudge(documentFile)] : [])];
const validators = new Map<string, ValidateFunction[]>();

/** What is wrong with a value by a schema of OpenAI's document; empty when nothing is. */
export function faultsOf(schema: string, value: unknown): string[] {
  const validates = validators.get(schema) ?? judges.map((judge) => judge(schema));
  validators.set(schema, validates);
  const errors = validates.flatMap((validate) => (validate(value) ? [] : (validate.errors ?? [])));
  const shown = JSON.stringify(value).slice(0, 500);
  return errors.map(({ instancePath, message = '' }) => {
    return `${schema}${instancePath} ${message}: ${shown}`;
  });
}
