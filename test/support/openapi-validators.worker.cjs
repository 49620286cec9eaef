// What the usual validators find wrong with an OpenAPI document. In a thread of its own, because one of
// them is an ES module, which Jest cannot load.
const { parentPort, workerData } = require('node:worker_threads');

async function schemaProblems(text) {
  const { default: SwaggerParser } = await import('@apidevtools/swagger-parser');
  try {
    await SwaggerParser.validate(JSON.parse(text));
    return [];
  } catch (error) {
    return [`swagger-parser: ${error.message}`];
  }
}

async function lintProblems(text) {
  const { createConfig, lintFromString } = await import('@redocly/openapi-core');
  const config = await createConfig({
    extends: ['recommended'],
    rules: {
      'operation-operationId': 'error',
      // A form may be answered with where to go on; the tests see to it that each has one of both.
      'operation-2xx-response': 'off',
      'no-invalid-media-type-examples': { severity: 'error', allowAdditionalProperties: true },
      'no-invalid-parameter-examples': 'error',
      'no-invalid-schema-examples': 'error',
    },
  });
  const found = await lintFromString({ source: text, absoluteRef: '/openapi.json', config });
  return found.map(
    ({ ruleId, message, location }) => `redocly: ${ruleId}: ${message} (${location[0].pointer})`,
  );
}

Promise.all([schemaProblems(workerData), lintProblems(workerData)]).then((problems) =>
  parentPort.postMessage(problems.flat()),
);
