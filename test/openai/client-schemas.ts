import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

// Jest loads this file by itself before any test, and resolves no import of another of ours.

const thisFile = resolve('test/openai/client-schemas.ts');
const typesFile = resolve('test/openai/client-types.ts');

/**
 * Makes JSON schemas of the installed OpenAI client's types, and functions that validate by them: once
 * for each version of what they are made of and with, as it takes ten seconds. The tests' processes
 * find the path of the module in their environment.
 */
export default async function setUp(): Promise<void> {
  const sources = [
    thisFile,
    typesFile,
    ...['openai', 'ts-json-schema-generator', 'ajv'].map(manifestOf),
  ];
  const key = hash('sha256', sources.map((source) => readFileSync(source, 'utf8')).join('\0'));
  const file = resolve(`node_modules/.cache/alice/openai-validators-${key.slice(0, 16)}.cjs`);
  if (!existsSync(file)) await make(file);
  process.env['OPENAI_CLIENT_VALIDATORS'] = file;
}

function manifestOf(name: string): string {
  return resolve(`node_modules/${name}/package.json`);
}

/** Written whole or not at all, as another run may make it at the same moment. */
async function make(file: string): Promise<void> {
  const code = await validatorsOf(await schemas());
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, code);
  renameSync(unfinished, file);
}

interface Definition {
  required?: string[];
  properties?: Record<string, object>;
}

/** What the client's types may lack and Open Responses wants, which OpenAI itself sends too: null. */
const nullable: [definition: string, property: string][] = [
  ['Response', 'usage'],
  ['ResponseFormatTextJSONSchemaConfig', 'description'],
];

/** By the names of the types. */
async function schemas(): Promise<Map<string, object>> {
  const { createGenerator } = await import('ts-json-schema-generator');
  const generator = createGenerator({
    path: typesFile,
    tsconfig: resolve('tsconfig.json'),
    expose: 'export',
    // Which `npm run check` does.
    skipTypeCheck: true,
    additionalProperties: true,
  });
  const names = [...readFileSync(typesFile, 'utf8').matchAll(/^export type (\w+)/gm)];
  return new Map(
    names.map(([, name = '']) => {
      const schema = generator.createSchema(name);
      const response = schema.definitions?.['Response'] as Definition | undefined;
      // The client adds it to what comes.
      if (response?.required) {
        response.required = response.required.filter((field) => field !== 'output_text');
      }
      // Where the service keeps nothing, an answer that it is told again has no id.
      const answer = schema.definitions?.['ResponseOutputMessage'] as Definition | undefined;
      if (name === 'CreateResponseSchema' && answer?.required) {
        answer.required = answer.required.filter((field) => field !== 'id');
      }
      for (const [definition, property] of nullable) {
        const { properties } = (schema.definitions?.[definition] ?? {}) as Definition;
        const own = properties?.[property];
        if (properties && own) properties[property] = { anyOf: [own, { type: 'null' }] };
      }
      return [name, schema];
    }),
  );
}

/** The source of a CommonJS module that exports a function for each of the schemas. */
async function validatorsOf(schemaOf: Map<string, object>): Promise<string> {
  const { Ajv } = await import('ajv');
  const { default: standalone } = await import('ajv/dist/standalone/index.js');
  const ajv = new Ajv({ strict: false, validateFormats: false, code: { source: true } });
  for (const [name, schema] of schemaOf) ajv.addSchema(schema, name);
  return standalone.default(
    ajv,
    Object.fromEntries([...schemaOf.keys()].map((name) => [name, name])),
  );
}
