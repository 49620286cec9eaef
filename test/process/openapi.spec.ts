import { once } from 'node:events';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { OpenAPIObject, OperationObject, ResponseObject } from '@nestjs/swagger';
import { Caller } from '../support/caller.js';
import { AliceProcess, removeFolder, workFolder } from './alice-process.js';

let text: string;
let document: OpenAPIObject;

// Of the built service, because the bundle has lost parts of it before: names that functions had.
beforeAll(async () => {
  const folder = workFolder();
  const alice = new AliceProcess({
    folder,
    variables: {
      ADMIN_TOKEN: 'admin-token-of-some-length',
      METRICS_TOKEN: 'metrics-token-of-some-length',
      KEY_ENCRYPTION_SECRET: 'an encryption secret of some length',
    },
  });
  try {
    ({ text } = await new Caller(await alice.url(), {}).get('/openapi.json'));
  } finally {
    await alice.stop('SIGKILL');
    removeFolder(folder);
  }
  document = JSON.parse(text) as OpenAPIObject;
});

async function problemsOf(source: string): Promise<unknown> {
  const validators = resolve('test/support/openapi-validators.worker.cjs');
  const worker = new Worker(validators, { workerData: source });
  try {
    return ((await once(worker, 'message')) as unknown[])[0];
  } finally {
    await worker.terminate();
  }
}

function operationsUnder(prefix: string): { name: string; operation: OperationObject }[] {
  return Object.entries(document.paths)
    .filter(([path]) => path.startsWith(prefix))
    .flatMap(([path, item]) =>
      Object.entries(item as Record<string, OperationObject>).map(([method, operation]) => ({
        name: `${method} ${path}`,
        operation,
      })),
    );
}

function responsesOf(operation: OperationObject): ResponseObject[] {
  return Object.values(operation.responses).map((response) => response as ResponseObject);
}

describe('the OpenAPI document of the built service', () => {
  it('is valid, with its references, operation ids and examples', async () => {
    expect(await problemsOf(text)).toEqual([]);
  });

  it('has lists where the service answers lists', () => {
    const properties = Object.entries(document.components?.schemas ?? {}).flatMap(
      ([name, schema]) =>
        Object.entries('properties' in schema ? (schema.properties ?? {}) : {}).map(
          ([property, type]) => [`${name}.${property}`, type] as const,
        ),
    );
    const list = (name: string) => ({
      type: 'array',
      items: { $ref: `#/components/schemas/${name}` },
    });
    expect(Object.fromEntries(properties)).toMatchObject({
      'KeyDto.models': list('KeyModelDto'),
      'KeyPageDto.data': list('KeyDto'),
      'KeySummaryDto.byState': { $ref: '#/components/schemas/KeyCountsDto' },
      'AddedKeysDto.added': list('KeyDto'),
      'AddedKeysDto.duplicates': list('DuplicateKeyDto'),
      'AddKeysDto.keys': list('NewKeyDto'),
    });
  });

  it('says of every JSON body under /v1 which fields it has', () => {
    const schemas = document.components?.schemas ?? {};
    const shallow = operationsUnder('/v1/').flatMap(({ name, operation }) => {
      const bodies = [
        operation.requestBody as ResponseObject | undefined,
        ...responsesOf(operation),
      ];
      return bodies
        .map((body) => body?.content?.['application/json']?.schema)
        .filter((schema) => schema !== undefined)
        .map((schema) => ('$ref' in schema ? schemas[schema.$ref.split('/').at(-1)!] : schema))
        .filter((schema) => !schema || !('properties' in schema || 'anyOf' in schema))
        .map(() => name);
    });
    expect(shallow).toEqual([]);
  });

  it('says for every operation what comes of it when all is well', () => {
    const without = operationsUnder('/').filter(
      ({ operation }) =>
        !Object.keys(operation.responses).some((status) => /^2..$|^303$/.test(status)),
    );
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('has a schema for every body of every status', () => {
    const operations = operationsUnder('/');
    expect(operations.length).toBeGreaterThan(40);
    for (const { name, operation } of operations) {
      for (const [status, response] of Object.entries(operation.responses)) {
        const bodies = Object.values((response as ResponseObject).content ?? {});
        const hasBody = status !== '204' && status !== '303';
        expect([name, status, bodies.length > 0]).toEqual([name, status, hasBody]);
        for (const { schema } of bodies) {
          expect([name, status, Object.keys(schema ?? {})]).not.toEqual([name, status, []]);
        }
      }
    }
  });
});

describe('the validators', () => {
  it('find references that lead nowhere, equal operation ids and examples of another shape', async () => {
    const mistaken = text
      .replaceAll('"#/components/schemas/KeyPageDto"', '"#/components/schemas/Nothing"')
      .replaceAll(/"operationId":"Keys\w+"/g, '"operationId":"same"')
      .replaceAll('"lastFour":"wXyZ"', '"lastFour":4');
    expect(await problemsOf(mistaken)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^swagger-parser: /),
        expect.stringMatching(/^redocly: no-unresolved-refs: /),
        expect.stringMatching(/^redocly: operation-operationId-unique: /),
        expect.stringMatching(/^redocly: no-invalid-media-type-examples: /),
      ]),
    );
  });
});
