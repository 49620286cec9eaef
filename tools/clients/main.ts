// npm run test:clients: clients of other people, on the Node that they need, against the built service
// with the simulator behind it, in each of its dialects. They are installed into test/clients, and again
// when others are wanted there.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { withBuiltService, type BuiltService } from '../processes/built-service.js';

const folder = join(import.meta.dirname, '../../test/clients');
const node = join(folder, 'node_modules/node/bin/node');

async function main(): Promise<number> {
  if (!isInstalled()) {
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
      cwd: folder,
      stdio: 'inherit',
    });
    if (status !== 0) return 1;
  }
  for (const dialect of ['chat-completions', 'responses']) {
    console.log(`\nUPSTREAM_DIALECT=${dialect}`);
    const status = await withBuiltService(runTests, { UPSTREAM_DIALECT: dialect });
    if (status !== 0) return status;
  }
  return 0;
}

/** npm writes down what it installed once all of it is there. */
function isInstalled(): boolean {
  const installed = statSync(join(folder, 'node_modules/.package-lock.json'), {
    throwIfNoEntry: false,
  });
  const wanted = statSync(join(folder, 'package-lock.json'));
  return installed !== undefined && installed.mtimeMs >= wanted.mtimeMs;
}

async function runTests({ url, token, simulator }: BuiltService): Promise<number> {
  const tests = spawn(node, ['--test', '--test-concurrency=1', '*.test.mjs'], {
    cwd: folder,
    stdio: 'inherit',
    env: {
      ...process.env,
      ALICE_URL: `${url}/v1`,
      ALICE_TOKEN: token,
      SIMULATOR_URL: new URL(simulator.baseUrl).origin,
      OPENAI_AGENTS_DISABLE_TRACING: '1',
    },
  });
  const [status] = (await once(tests, 'exit')) as [number | null];
  return status ?? 1;
}

process.exitCode = await main();
