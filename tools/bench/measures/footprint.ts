import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Figure, Measure } from '../bench.js';
import { doJobs } from '../load.js';
import { residentKiB } from '../process-figures.js';
import type { Server } from '../servers.js';
import { median, spreadOf } from '../statistics.js';
import { subjects } from '../subjects.js';

const STARTS = 5;
/** What a process takes differs from start to start. */
const IDLE_STARTS = 12;
/** As long as V8 takes to give back what the start took. */
const IDLE_MS = 30_000;
const CALLS = 20_000;

/** What the service costs before anyone calls it, and what it has taken after many calls. */
export const footprint: Measure = {
  ids: ['start', 'idleMemory', 'memoryAfterCalls'],

  async run(bench, wanted) {
    const figures: Figure[] = [];
    if (wanted.has('start')) figures.push(await start(bench));
    if (wanted.has('idleMemory')) figures.push(await idleMemory(bench));
    if (wanted.has('memoryAfterCalls')) figures.push(await memoryAfterCalls(bench));
    return { figures };
  },
};

async function start({ servers, progress }: Bench): Promise<Figure> {
  const seconds: number[] = [];
  for (let count = 1; count <= STARTS; count++) {
    progress(`Start ${count} of ${STARTS}`);
    // Each with a new database, so that the migrations are part of it.
    const { running, startMs } = await servers.startService();
    seconds.push(startMs / 1000);
    await running.stop();
  }
  return {
    ...{ id: 'start', title: 'start until it answers, new database', unit: 's', atMost: 1.5 },
    ...{ value: median(seconds), spread: spreadOf(seconds) },
  };
}

async function idleMemory({ servers, progress }: Bench): Promise<Figure> {
  const idle: Server[] = [];
  for (let count = 1; count <= IDLE_STARTS; count++) {
    progress(`Idle memory: start ${count} of ${IDLE_STARTS}`);
    idle.push(await servers.startService());
  }
  await sleep(IDLE_MS);
  const sizes = idle.map(({ running }) => residentKiB(running.pid) / 1024);
  await Promise.all(idle.map(({ running }) => running.stop()));
  return {
    ...{ id: 'idleMemory', title: 'idle memory, half a minute after the start', unit: 'MiB' },
    ...{ value: median(sizes), atMost: 90, spread: spreadOf(sizes) },
  };
}

async function memoryAfterCalls(bench: Bench): Promise<Figure> {
  bench.progress(`Memory after ${CALLS} calls`);
  const server = await bench.servers.startService();
  const { behaviour, prepare, what } = await subjects.chat({
    ...bench,
    service: () => Promise.resolve(server),
  });
  await bench.servers.simulator.behave(behaviour);
  await doJobs(server.pool, await prepare(CALLS), what, bench.failures);
  const value = residentKiB(server.running.pid) / 1024;
  await server.running.stop();
  const title = `memory at the end of ${CALLS.toLocaleString('en')} calls`;
  return { id: 'memoryAfterCalls', title, value, unit: 'MiB', atMost: 170 };
}
