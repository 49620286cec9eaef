import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { cpuTimeMs } from './process-figures.js';

const SERVER_URL =
  process.env['BENCH_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** A database of the bench's own on the machine's PostgreSQL server. */
export class BenchDatabase {
  private constructor(
    private readonly admin: Client,
    private readonly name: string,
  ) {}

  /** @throws Error saying how to have a server */
  static async create(): Promise<BenchDatabase> {
    const admin = new Client({ connectionString: SERVER_URL });
    try {
      await admin.connect();
    } catch (error) {
      throw new Error(
        '--scale needs PostgreSQL at 127.0.0.1:5432, or its address in BENCH_POSTGRES_URL',
        { cause: error },
      );
    }
    const name = `alice_bench_${randomBytes(6).toString('hex')}`;
    await admin.query(`CREATE DATABASE "${name}"`);
    return new BenchDatabase(admin, name);
  }

  get url(): string {
    const url = new URL(SERVER_URL);
    url.pathname = `/${this.name}`;
    return url.href;
  }

  /** CPU time of each of the server's processes, in milliseconds; none if it is elsewhere. */
  async cpuTimes(): Promise<Map<number, number>> {
    const { rows } = await this.admin.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
    const times = new Map<number, number>();
    for (const { pid } of rows) {
      const timeMs = cpuTimeOfPostgres(pid);
      if (timeMs !== null) times.set(pid, timeMs);
    }
    return times;
  }

  async drop(): Promise<void> {
    await this.admin.query(`DROP DATABASE "${this.name}" WITH (FORCE)`);
    await this.admin.end();
  }
}

/** Null for a process that has ended, and for the number of one on another machine. */
function cpuTimeOfPostgres(pid: number): number | null {
  try {
    const isPostgres = readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres');
    return isPostgres ? cpuTimeMs(pid) : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
