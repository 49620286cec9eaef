import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './postgres-server.js';
import { until } from './until.js';

const defaultUrl = 'redis://127.0.0.1:6379';
const urlVariable = 'TEST_REDIS_URL';
const program = 'redis-server';

/** A Redis for the services of one test, on which it owns the keys of a prefix. */
export interface TestRedis {
  readonly url: string;
  readonly keyPrefix: string;
  /** What a service's settings need for it. */
  readonly variables: Record<string, string>;
  /** Deletes the prefix's keys, or stops the server if it is the test's own. */
  close(): Promise<void>;
}

/** On the server that is named, else the machine's own, else a private one. */
export async function openTestRedis(): Promise<TestRedis> {
  const named = process.env[urlVariable];
  if (named !== undefined) {
    const problem = await problemOf(named);
    if (problem !== null) throw new Error(`${urlVariable} cannot be used: ${problem}`);
    return shared(named);
  }
  if ((await problemOf(defaultUrl)) === null) return shared(defaultUrl);
  return PrivateRedis.start();
}

/** Why this server cannot be used. */
async function problemOf(url: string): Promise<string | null> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  const problems: unknown[] = [];
  client.on('error', (error) => problems.push(error));
  try {
    await client.connect();
    await client.ping();
    return null;
  } catch (error) {
    // The client's own error only says that the connection is closed.
    return String(problems[0] ?? error);
  } finally {
    client.disconnect();
  }
}

function shared(url: string): TestRedis {
  const keyPrefix = ownPrefix();
  return {
    url,
    keyPrefix,
    variables: variablesOf(url, keyPrefix),
    close: async () => {
      const client = new Redis(url);
      for await (const keys of client.scanStream({ match: `${keyPrefix}*` })) {
        if ((keys as string[]).length > 0) await client.del(keys as string[]);
      }
      client.disconnect();
    },
  };
}

function ownPrefix(): string {
  return `alice_test_${randomBytes(6).toString('hex')}:`;
}

function variablesOf(url: string, keyPrefix: string): Record<string, string> {
  return { REDIS_URL: url, REDIS_KEY_PREFIX: keyPrefix };
}

/** A Redis of a test's own, which it may stop, freeze and start again. It keeps nothing on disk. */
export class PrivateRedis implements TestRedis {
  readonly url: string;
  readonly keyPrefix = ownPrefix();
  readonly variables: Record<string, string>;
  private readonly folder = mkdtempSync(join(tmpdir(), 'alice-redis-'));
  private server: ChildProcess | null = null;

  private constructor(
    private readonly port: number,
    private readonly password: string,
  ) {
    const credentials = password === '' ? '' : `:${password}@`;
    this.url = `redis://${credentials}127.0.0.1:${port}`;
    this.variables = variablesOf(this.url, this.keyPrefix);
  }

  /** @throws Error when the program is not installed */
  static async start({ password = '' } = {}): Promise<PrivateRedis> {
    const redis = await PrivateRedis.reserve({ password });
    await redis.up();
    return redis;
  }

  /** One that is not started yet. */
  static async reserve({ password = '' } = {}): Promise<PrivateRedis> {
    const paths = (process.env['PATH'] ?? '').split(':');
    if (!paths.some((path) => existsSync(join(path, program)))) {
      throw new Error(
        `No Redis for the tests: install its program (apt-get install redis-server), which tests that stop ` +
          `it need anyway; for the others, start one that ${defaultUrl} reaches or name one in ${urlVariable}. ` +
          'Or leave its tests out with ALICE_TEST_ONLY=sqlite.',
      );
    }
    return new PrivateRedis(await freePort(), password);
  }

  async up(): Promise<void> {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '']
      .concat('--appendonly', 'no', '--dir', this.folder)
      .concat(this.password === '' ? [] : ['--requirepass', this.password]);
    this.server = spawn(program, options, { stdio: 'ignore' });
    await until('Redis answers', async () => (await problemOf(this.url)) === null);
  }

  /** With everything that it knows. */
  async down(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (!server) return;
    const ended = once(server, 'exit');
    server.kill('SIGCONT');
    server.kill('SIGTERM');
    await ended;
  }

  /** It takes connections and bytes, and answers nothing until it is continued. */
  freeze(): void {
    this.server?.kill('SIGSTOP');
  }

  thaw(): void {
    this.server?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    await this.down();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
