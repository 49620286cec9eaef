import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';

// Jest loads this file by itself before any test, and resolves no import of another of ours.

const defaultUrl = 'postgres://postgres@127.0.0.1:5432/postgres';

/** What the tests' processes find in their environment. */
const urlVariable = 'TEST_POSTGRES_URL';
const runVariable = 'ALICE_TEST_RUN';

/** Finds a PostgreSQL server for the tests before the first of them runs */
export default async function setUp(): Promise<void> {
  const { url, server } = await findServer();
  const name = randomBytes(4).toString('hex');
  process.env[urlVariable] = url;
  process.env[runVariable] = name;
  if (server)
    process.once('exit', () => {
      server.kill();
    });
  Object.assign(globalThis, {
    tearDownPostgres: async () => {
      if (server) await server.down();
      else await dropDatabases(url, name);
    },
  });
}

/** The one that is named, else a private one, which keeps nothing on disk, else the machine's own. */
async function findServer(): Promise<{ url: string; server: PrivatePostgres | null }> {
  const named = process.env[urlVariable];
  if (named !== undefined) {
    const problem = await problemOf(named);
    if (problem !== null) throw new Error(`${urlVariable} cannot be used: ${problem}`);
    return { url: named, server: null };
  }
  if (findBinaries() !== null) {
    const server = await PrivatePostgres.start();
    return { url: server.url, server };
  }
  if ((await problemOf(defaultUrl)) === null) return { url: defaultUrl, server: null };
  throw new Error(
    'No PostgreSQL for the tests: install its programs (apt-get install postgresql), start one that ' +
      `${defaultUrl} reaches, name one in ${urlVariable}, or leave its tests out with ALICE_TEST_ONLY=sqlite.`,
  );
}

/** Why this server cannot be used; it must let its user make databases. */
async function problemOf(url: string): Promise<string | null> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ may: boolean }>(
      'SELECT rolcreatedb OR rolsuper AS may FROM pg_roles WHERE rolname = current_user',
    );
    return rows[0]?.may === true ? null : 'its user may not create databases';
  } catch (error) {
    return String(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Those of this run that a test left. */
async function dropDatabases(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ datname: string }>(
    'SELECT datname FROM pg_database WHERE datname LIKE $1',
    [`alice\\_test\\_${name}\\_%`],
  );
  for (const { datname } of rows) await client.query(`DROP DATABASE "${datname}" WITH (FORCE)`);
  await client.end();
}

const run = promisify(execFile);

/** Debian keeps the server's programs out of PATH, one folder a version. */
const debianFolder = '/usr/lib/postgresql';

/** Where `initdb` and `postgres` are, the newest version first; null when they are not installed. */
export function findBinaries(): string | null {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder) : [];
  const folders = versions
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => join(debianFolder, version, 'bin'));
  const paths = (process.env['PATH'] ?? '').split(':').filter((path) => path !== '');
  return [...folders, ...paths].find((path) => existsSync(join(path, 'initdb'))) ?? null;
}

/** A PostgreSQL server of the tests' own, in a folder that goes with it. */
export class PrivatePostgres {
  private server: ChildProcess | null = null;

  private constructor(
    private readonly binaries: string,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** @throws Error when the programs are not installed or do not run */
  static async start(): Promise<PrivatePostgres> {
    const binaries = findBinaries();
    if (binaries === null) throw new Error('PostgreSQL is not installed');
    const folder = mkdtempSync(join(tmpdir(), 'alice-postgres-'));
    const postgres = new PrivatePostgres(binaries, folder, await freePort());
    const user = unprivileged();
    if ('uid' in user) chownSync(folder, user.uid, user.gid);
    const settings = ['-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8'];
    await run(join(binaries, 'initdb'), ['-D', join(folder, 'data'), ...settings], {
      ...user,
      cwd: folder,
    });
    await postgres.up();
    return postgres;
  }

  /** Of its database `postgres`, as its owner. */
  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Starts it again where it was. */
  async up(): Promise<void> {
    const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${this.folder}`]
      .concat('fsync=off', 'full_page_writes=off', 'wal_level=minimal', 'max_wal_senders=0')
      .concat('max_connections=200')
      .flatMap((setting) => ['-c', setting]);
    this.server = spawn(
      join(this.binaries, 'postgres'),
      ['-D', join(this.folder, 'data'), '-p', String(this.port), ...settings],
      { ...unprivileged(), cwd: this.folder, stdio: 'ignore' },
    );
    await this.answers();
  }

  /** Stops it as `pg_ctl stop -m fast` does: its sessions are ended at once. */
  async down(): Promise<void> {
    const server = this.server;
    if (server?.exitCode !== null) return;
    server.kill('SIGINT');
    await once(server, 'exit');
  }

  /** The same for the way out, where nothing can be awaited any more. */
  kill(): void {
    this.server?.kill('SIGQUIT');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answers(): Promise<void> {
    for (;;) {
      const client = new Client({ connectionString: this.url });
      try {
        await client.connect();
        return;
      } catch (error) {
        if (this.server?.exitCode !== null) throw error;
        await pause(20);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }
}

/** The server refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | object {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/**
 * A port that nobody has. The system gives the ports above these to whoever asks for any, and would
 * give this one away before its server has started.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => {
        resolve(false);
      });
      server.listen(port, '127.0.0.1', () => {
        resolve(true);
      });
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
