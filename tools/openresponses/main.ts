// npm run test:openresponses -- [DIR]: the compliance tests of a checkout of Open Responses, in DIR or
// OPENRESPONSES_DIR, against the built service with the simulator behind it. Its HTTP tests of
// /responses run; there is no WebSocket here, and nothing is compacted.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withBuiltService } from '../processes/built-service.js';

/** A test of the suite, as far as this file reads it. */
interface Template {
  id: string;
  transport?: 'http' | 'websocket';
  endpoint?: string;
}

interface Result {
  id: string;
  name: string;
  status: 'pending' | 'running' | 'passed' | 'failed' | 'skipped';
  errors?: string[];
}

interface Config {
  baseUrl: string;
  apiKey: string;
  model: string;
  authHeaderName: string;
  useBearerPrefix: boolean;
  runtime: 'server';
}

interface Suite {
  testTemplates: Template[];
  runAllTests(
    config: Config,
    onProgress: (result: Result) => void,
    templates: Template[],
  ): Promise<Result[]>;
}

const call = { id: 'call_1', name: 'get_weather', arguments: '{"location":"San Francisco, CA"}' };

/** @throws Error that says what is missing */
async function loadSuite(): Promise<Suite> {
  const directory = process.argv[2] ?? process.env['OPENRESPONSES_DIR'];
  if (directory === undefined) {
    throw new Error(
      'Name a checkout of github.com/openresponses/openresponses: as argument, or in OPENRESPONSES_DIR',
    );
  }
  const file = resolve(directory, 'src/lib/compliance-tests.ts');
  if (!existsSync(file)) throw new Error(`There is no ${file}`);
  try {
    createRequire(file).resolve('zod');
  } catch {
    throw new Error(
      `The suite needs zod 3: npm install in ${directory}, or zod@3 in a folder above`,
    );
  }
  return (await import(pathToFileURL(file).href)) as Suite;
}

async function main(): Promise<number> {
  const suite = await loadSuite();
  const templates = suite.testTemplates.filter(
    ({ transport, endpoint }) =>
      transport !== 'websocket' && (endpoint ?? '/responses') === '/responses',
  );
  return withBuiltService(async ({ url, token, simulator }) => {
    const config: Config = {
      baseUrl: `${url}/v1`,
      apiKey: token,
      model: 'gpt-6-luna',
      authHeaderName: 'Authorization',
      useBearerPrefix: true,
      runtime: 'server',
    };
    const results: Result[] = [];
    for (const template of templates) {
      simulator.reset();
      if (template.id === 'tool-calling') simulator.behave({ toolCalls: [call] });
      results.push(...(await suite.runAllTests(config, () => undefined, [template])));
    }
    for (const { status, id, errors = [] } of results) {
      console.log([`${status.padEnd(8)}${id}`, ...errors].join('\n        '));
    }
    const passed = results.filter(({ status }) => status === 'passed').length;
    console.log(`${passed} of ${templates.length} passed`);
    return passed === templates.length && passed > 0 ? 0 : 1;
  });
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
