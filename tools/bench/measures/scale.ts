import { setTimeout as sleep } from 'node:timers/promises';
import { chatCall, createConversations } from '../alice-calls.js';
import type { Bench, Measure } from '../bench.js';
import { CONNECTIONS, doJobs, type Job } from '../load.js';
import { BenchDatabase } from '../postgres.js';
import { cpuTimeMs, machineTime } from '../process-figures.js';
import type { Server } from '../servers.js';
import { median } from '../statistics.js';
import { ANSWER_PIECES } from '../texts.js';
import { scaleReport, type ScaleRow } from './scale-report.js';

const MOST_REPLICAS = 3;
const CONVERSATIONS = 240;
const TURNS_OF_A_CONVERSATION = 5;
const SETTLE_MS = 50;

/** What was spent, in milliseconds of CPU time, and what the machine had. */
interface Spent {
  service: number;
  database: number;
  load: number;
  busy: number;
  possible: number;
}

interface Sample extends Spent {
  turnsPerSecond: number;
}

/**
 * Chat turns on one PostgreSQL database, through one, two and three replicas in interleaved rounds,
 * with 16 connections to each that is used.
 */
export const scale: Measure = {
  ids: ['scale'],

  async run(bench) {
    const database = await BenchDatabase.create();
    try {
      const replicas = await startReplicas(bench, database);
      const samples = replicas.map((): Sample[] => []);
      await bench.servers.simulator.behave({ answer: ANSWER_PIECES });
      bench.progress('Scale: warming up');
      await measure(bench, database, replicas);
      for (let round = 1; round <= bench.rounds; round++) {
        for (const [index, taken] of samples.entries()) {
          bench.progress(`Scale: round ${round} of ${bench.rounds}, ${index + 1} replicas`);
          taken.push(await measure(bench, database, replicas.slice(0, index + 1)));
        }
      }
      await Promise.all(replicas.map(({ running }) => running.stop()));
      return { figures: [], notes: [scaleReport(samples.map(rowOf))] };
    } finally {
      await database.drop();
    }
  },
};

async function startReplicas({ servers }: Bench, { url }: BenchDatabase): Promise<Server[]> {
  const replicas: Server[] = [];
  while (replicas.length < MOST_REPLICAS) {
    replicas.push(await servers.startService({ DATABASE_URL: url }));
  }
  return replicas;
}

async function measure(
  bench: Bench,
  database: BenchDatabase,
  replicas: readonly Server[],
): Promise<Sample> {
  const shares = await Promise.all(replicas.map((replica) => conversationsOn(replica, replicas)));
  await sleep(SETTLE_MS);
  const databaseBefore = await database.cpuTimes();
  const before = spentBy(bench, replicas);
  const startedAt = performance.now();
  await Promise.all(
    replicas.map(({ pool }, index) => {
      return doJobs(pool, shares[index] ?? [], `${replicas.length} replicas`, bench.failures);
    }),
  );
  const elapsedMs = performance.now() - startedAt;
  const after = spentBy(bench, replicas);
  const databaseAfter = await database.cpuTimes();
  return {
    service: after.service - before.service,
    database: growth(databaseBefore, databaseAfter),
    load: after.load - before.load,
    busy: after.busy - before.busy,
    possible: after.possible - before.possible,
    turnsPerSecond: (shares.flat(2).length * 1_000) / elapsedMs,
  };
}

/** A replica's share of the turns: all samples are of as many. */
async function conversationsOn({ pool }: Server, among: readonly Server[]): Promise<Job[]> {
  const ids = await createConversations(pool, CONVERSATIONS / among.length);
  return ids.map((id) => Array.from({ length: TURNS_OF_A_CONVERSATION }, () => chatCall(id)));
}

function spentBy({ servers }: Bench, replicas: readonly Server[]): Omit<Spent, 'database'> {
  const { allMs, possibleMs } = machineTime();
  return {
    service: sum(replicas.map(({ running }) => running.pid)),
    load: sum([process.pid, servers.simulator.running.pid]),
    busy: allMs,
    possible: possibleMs,
  };
}

function sum(pids: readonly number[]): number {
  return pids.reduce((total, pid) => total + cpuTimeMs(pid), 0);
}

/** Of what is still there; a process that began meanwhile began with nothing. */
function growth(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number {
  return [...after].reduce((total, [pid, timeMs]) => total + timeMs - (before.get(pid) ?? 0), 0);
}

function rowOf(samples: readonly Sample[], index: number): ScaleRow {
  const share = (part: (sample: Sample) => number): number => {
    return median(samples.map((sample) => part(sample) / sample.possible));
  };
  return {
    replicas: index + 1,
    connections: CONNECTIONS * (index + 1),
    turnsPerSecond: median(samples.map(({ turnsPerSecond }) => turnsPerSecond)),
    service: share(({ service }) => service),
    database: share(({ database }) => database),
    load: share(({ load }) => load),
    others: share(({ busy, service, database, load }) => busy - service - database - load),
  };
}
