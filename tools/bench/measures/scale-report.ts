import { availableParallelism } from 'node:os';
import { table } from '../report.js';

/** One number of replicas; shares are of all CPUs of the machine, from 0 to 1. */
export interface ScaleRow {
  replicas: number;
  connections: number;
  turnsPerSecond: number;
  service: number;
  database: number;
  load: number;
  others: number;
}

/** From here on nothing is left that another replica could use. */
const FULL = 0.9;
/** Of one CPU: a replica computes on one thread. */
const FULL_THREAD = 0.85;

/** The table of `--scale`, and what limits each of its lines. */
export function scaleReport(rows: readonly ScaleRow[]): string {
  const [first] = rows;
  const one = first?.turnsPerSecond ?? Number.NaN;
  const lines = rows.map((row) => [
    String(row.replicas),
    row.turnsPerSecond.toFixed(0),
    `${(row.turnsPerSecond / one).toFixed(2)} ×`,
    ...[row.service, row.database, row.load, row.others].map(percent),
    limitOf(row),
  ]);
  const cpus = availableParallelism();
  return [
    table(
      ['replicas', 'turns/s', 'of one', 'service', 'database', 'load', 'others', 'limited by'],
      lines,
    ),
    `Shares of this machine's ${cpus} CPUs; "load" is the bench itself and the simulated model service.`,
  ].join('\n');
}

function limitOf({ replicas, service, database, load, others }: ScaleRow): string {
  if (service + database + load + others >= FULL) {
    return 'the machine: its CPUs are all in use';
  }
  if ((service / replicas) * availableParallelism() >= FULL_THREAD) {
    return 'the thread of each replica';
  }
  return 'waiting: for the database, its disk, or the next question';
}

function percent(share: number): string {
  return `${Math.max(0, share * 100).toFixed(0)}%`;
}
