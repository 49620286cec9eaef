import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** Finds the schema of that name in OpenAI's document. */
type Judge = (name: string) => ValidateFunction;

const options = { strict: false, validateFormats: false };

/** By the installed client's types. */
function clientJudge(): Judge {
  const schemas = read(process.env['OPENAI_CLIENT_SCHEMAS'] ?? '') as Record<string, ClientSchema>;
  const ajv = new Ajv(options);
  return (name) => {
    const schema = schemas[`${name}Schema`];
    if (!schema) throw new Error(`client-types.ts has no ${name}Schema`);
    const { Response } = schema.definitions;
    // The client adds it to what comes.
    if (Response) Response.required = Response.required.filter((key) => key !== 'output_text');
    return ajv.compile(schema);
  };
}

interface ClientSchema {
  definitions: Partial<Record<string, { required: string[] }>>;
}

/** By OpenAI's published document, which knows ranges too: for whoever has it. */
function documentJudge(file: string): Judge {
  const ajv = new Ajv2020(options);
  ajv.addSchema(read(file) as object, 'openai');
  return (name) => ajv.compile({ $ref: `openai#/components/schemas/${name}` });
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
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
  return errors.map(
    ({ instancePath, message = '' }) => `${schema}${instancePath} ${message}: ${shown}`,
  );
}
