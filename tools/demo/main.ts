import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Processes } from '../processes/processes.js';
import { startCommand } from '../processes/start-command.js';
import { startSimulator } from '../simulator/simulator.js';
import { buildIfNeeded } from './build-if-needed.js';
import { Caller } from './caller.js';
import { Tour } from './tour.js';

const root = join(import.meta.dirname, '../..');
const token = 'alice';
const usualPort = 7777;

/** Shows the service at work without a key, then leaves it up to be tried; `--once` ends instead. */
async function main(): Promise<number> {
  buildIfNeeded(root);
  const folder = mkdtempSync(join(tmpdir(), 'alice-demo-'));
  const processes = new Processes();
  const interrupted = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve);
  });
  process.once('exit', () => {
    processes.killAll();
    rmSync(folder, { recursive: true, force: true });
  });
  const simulator = await startSimulator();
  simulator.behave({ pieceDelayMs: 40 });
  try {
    const port = await usablePort();
    const service = processes.start({
      name: 'the service',
      args: startCommand(root),
      cwd: folder,
      env: {
        PORT: String(port),
        TOKEN: token,
        OPENAI_API_KEYS: 'sk-demo',
        OPENAI_BASE_URL: simulator.baseUrl,
        DATABASE_URL: `sqlite:${join(folder, 'alice.db')}`,
        // The pages of docs/ are read beside the demo, and some of their lines list what is there.
        V1_LIST: 'true',
      },
    });
    const url = await service.waitForOutput(/Listening on (http:[^\s,"]+)/, 30_000);
    print(`Alice answers at ${url}. No key is needed here: a SIMULATOR stands in for the model,\n`);
    print('so the answers below are made up from the questions.\n');
    const tour = new Tour(new Caller(url, print), token, print);
    await tour.run();
    if (!process.argv.includes('--once')) {
      print(
        `\nThe service stays up. Talk to it in a browser: ${url}/try (token: ${token}).\n` +
          `Every call is on ${url}/docs. Ctrl-C ends it.\n`,
      );
      await interrupted;
    }
    for (const problem of tour.problems) print(`\nNot as it should be: ${problem}`);
    print(tour.problems.length === 0 ? '\nEverything answered as it should.\n' : '\n');
    return tour.problems.length === 0 ? 0 : 1;
  } finally {
    await processes.stopAll();
    await simulator.close();
  }
}

/** The service's usual port, so that the lines shown can be typed as they are; another if it is taken. */
async function usablePort(): Promise<number> {
  const isFree = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen(usualPort, '127.0.0.1', () =>
      probe.close(() => {
        resolve(true);
      }),
    );
  });
  return isFree ? usualPort : 0;
}

function print(text: string): void {
  process.stdout.write(text);
}

main()
  .then((code) => process.exit(code))
  .catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
