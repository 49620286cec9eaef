import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

// Jest loads this file by itself before any test, and resolves no import of another of ours.

const typesFile = resolve('test/openai/client-types.ts');

/**
 * Makes JSON schemas of the installed OpenAI client's types, once for each version of it and of the
 * list of types. The tests' processes find the file's path in their environment.
 */
export default async function setUp(): Promise<void> {
  const types = readFileSync(typesFile, 'utf8');
  const versions = ['openai', 'ts-json-schema-generator'].map(versionOf);
  const key = hash('sha256', JSON.stringify([types, ...versions])).slice(0, 16);
  const file = resolve(`node_modules/.cache/alice/openai-schemas-${key}.json`);
  if (!existsSync(file)) await make(file, types);
  process.env['OPENAI_CLIENT_SCHEMAS'] = file;
}

function versionOf(name: string): string {
  const manifest = readFileSync(resolve(`node_modules/${name}/package.json`), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Written whole or not at all, as another run may make it at the same moment. */
async function make(file: string, types: string): Promise<void> {
  const { createGenerator } = await import('ts-json-schema-generator');
  const generator = createGenerator({
    path: typesFile,
    tsconfig: resolve('tsconfig.json'),
    expose: 'export',
    // Which `npm run check` does.
    skipTypeCheck: true,
    additionalProperties: true,
  });
  const names = [...types.matchAll(/^export type (\w+)/gm)].map(([, name]) => name!);
  const schemas = names.map((name) => [name, generator.createSchema(name)]);
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(Object.fromEntries(schemas)));
  renameSync(unfinished, file);
}
