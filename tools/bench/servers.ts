import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Pool } from 'undici';
import { CONNECTIONS, openPool } from './load.js';
import type { Processes, RunningProcess } from '../processes/processes.js';
import { startCommand } from '../processes/start-command.js';
import { Simulator } from './simulator.js';
import type { WorkFolders } from './work-folders.js';

const START_LIMIT_MS = 30_000;
const POLL_MS = 3;
export const UPSTREAM_KEY = 'sk-bench-0123456789abcdef0123456789abcdef';
const UPSTREAM_MODEL = 'bench-model';
const ROOT = join(import.meta.dirname, '../..');

export const SERVICE_TOKEN = 'bench-token-0123456789abcdef';
export const UPSTREAM_CALL = {
  headers: { 'content-type': 'application/json', authorization: `Bearer ${UPSTREAM_KEY}` },
  model: UPSTREAM_MODEL,
};

/** A server under measurement. */
export interface Server {
  running: RunningProcess;
  origin: string;
  /** As many keep-alive connections as the figures are taken with. */
  pool: Pool;
  /** From the moment the process was spawned to its first answer. */
  startMs: number;
}

/** Starts each server as its users would, in a process of its own. */
export class Servers {
  #serviceCount = 0;
  #references: Promise<string> | undefined;
  #pools: Pool[] = [];

  constructor(
    private readonly processes: Processes,
    private readonly folders: WorkFolders,
    readonly simulator: Simulator,
  ) {}

  static async startSimulator(processes: Processes): Promise<Simulator> {
    const running = processes.start({
      name: 'simulator',
      args: ['--import', 'tsx', 'tools/simulator/main.ts', '--port', '0'],
      env: {},
      cwd: ROOT,
    });
    const listening = /simulator listening on (http\S+\/v1)/;
    return new Simulator(running, await running.waitForOutput(listening, START_LIMIT_MS));
  }

  /**
   * The built service with a database of its own, with the node flags of `npm start`.
   *
   * @param settings over the bench's own; all others are the defaults
   * @param root of the checkout that was built
   */
  async startService(settings: Record<string, string> = {}, root = ROOT): Promise<Server> {
    const databaseFile = join(this.folders.data, `alice-${++this.#serviceCount}.db`);
    return await this.#start('service', startCommand(root), '/health/live', {
      HOST: '127.0.0.1',
      AUTH_MODE: 'simple',
      TOKEN: SERVICE_TOKEN,
      OPENAI_API_KEYS: UPSTREAM_KEY,
      OPENAI_BASE_URL: this.simulator.baseUrl,
      TURBO_MODEL: UPSTREAM_MODEL,
      DATABASE_URL: `sqlite:${databaseFile}`,
      RATE_LIMIT_PER_MINUTE: '0',
      WRITE_LIMIT_PER_MINUTE: '0',
      ...settings,
    });
  }

  async startNest(): Promise<Server> {
    return await this.#startReference('reference-nest');
  }

  async startPassThrough(): Promise<Server> {
    return await this.#startReference('reference-pass-through');
  }

  async closePools(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }

  async #startReference(name: string): Promise<Server> {
    this.#references ??= compileReferences(this.folders.code);
    const folder = await this.#references;
    return await this.#start(name, [join(folder, `${name}.mjs`)], '/', {
      UPSTREAM_URL: this.simulator.baseUrl,
      UPSTREAM_KEY,
      UPSTREAM_MODEL,
    });
  }

  async #start(
    name: string,
    args: readonly string[],
    livePath: string,
    env: Record<string, string>,
  ): Promise<Server> {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const startedAt = performance.now();
    // Away from the project's folder, where a developer's .env and key.txt would be read.
    const running = this.processes.start({
      name,
      args,
      env: { ...env, PORT: String(port) },
      cwd: this.folders.data,
    });
    await waitForAnswer(running, origin, livePath);
    const startMs = performance.now() - startedAt;
    const pool = openPool(origin, CONNECTIONS);
    this.#pools.push(pool);
    return { running, origin, pool, startMs };
  }
}

/** Compiled, not run by a loader: a loader's hooks and source maps would be charged to the references. */
async function compileReferences(folder: string): Promise<string> {
  await build({
    entryPoints: [
      fileURLToPath(import.meta.resolve('./reference-nest.ts')),
      fileURLToPath(import.meta.resolve('./reference-pass-through.ts')),
    ],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    platform: 'node',
    target: 'node20',
    tsconfig: join(ROOT, 'tsconfig.json'),
    logLevel: 'error',
  });
  return folder;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}

async function waitForAnswer(running: RunningProcess, origin: string, path: string): Promise<void> {
  const pool = openPool(origin, 1);
  const deadline = performance.now() + START_LIMIT_MS;
  try {
    while (performance.now() < deadline) {
      running.assertRunning();
      try {
        const answer = await pool.request({ path, method: 'GET' });
        await answer.body.dump();
        return;
      } catch {
        await sleep(POLL_MS);
      }
    }
  } finally {
    await pool.destroy();
  }
  throw new Error(`${running.name} did not answer within ${START_LIMIT_MS} ms`);
}
