// npm run test:clients: clients of other people, on the Node that they need, against the built service
// with the simulator behind it, in each of its dialects. They are installed once, into test/clients.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withBuiltService, type BuiltService } from '../processes/built-service.js';

const folder = join(import.meta.dirname, '../../test/clients');
const node = join(folder, 'node_modules/node/bin/node');

async function main(): Promise<number> {
  if (!existsSync(node)) {
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
