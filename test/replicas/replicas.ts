import type { Simulator } from '../../tools/simulator/simulator.js';
import { AliceProcess, removeFolder, workFolder } from '../process/alice-process.js';
import {
  createEmptyPostgresDatabase,
  dropPostgresDatabase,
  endSessions,
} from '../support/postgres-database.js';
import { findBinaries, PrivatePostgres } from '../support/postgres-server.js';

/** Short, so that tests can wait for its end. */
export const leaseSeconds = 2;

/** The one PostgreSQL server of the replicas, which a test may restart. */
export interface SharedPostgres {
  /** Of a database without a schema: the replicas that start first make it. */
  readonly url: string;
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A private server where its programs are installed; else the tests' own, whose sessions are ended. */
export async function startSharedPostgres(): Promise<SharedPostgres> {
  if (findBinaries() === null) {
    const url = await createEmptyPostgresDatabase();
    return {
      url,
      restart: async () => {
        await endSessions(url);
      },
      close: () => dropPostgresDatabase(url),
    };
  }
  const server = await PrivatePostgres.start();
  return {
    url: server.url,
    restart: async () => {
      await server.down();
      await server.up();
    },
    close: async () => {
      await server.down();
      server.kill();
    },
  };
}

/** Processes of the built service on one database and one upstream. */
export class Replicas {
  readonly processes: AliceProcess[] = [];
  private readonly folder = workFolder();

  constructor(
    private readonly databaseUrl: string,
    private readonly simulator: Simulator,
    private readonly variables: Record<string, string> = {},
  ) {}

  /** Starts so many at the same moment. @returns their URLs */
  start(count: number): Promise<string[]> {
    const started = Array.from({ length: count }, () => {
      return new AliceProcess({
        folder: this.folder,
        variables: {
          OPENAI_BASE_URL: this.simulator.baseUrl,
          DATABASE_URL: this.databaseUrl,
          TURN_LEASE_SECONDS: String(leaseSeconds),
          ...this.variables,
        },
      });
    });
    this.processes.push(...started);
    return Promise.all(started.map((alice) => alice.url()));
  }

  async close(): Promise<void> {
    for (const alice of this.processes) await alice.stop('SIGKILL');
    removeFolder(this.folder);
  }
}
