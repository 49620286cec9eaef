import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure, Measure } from '../bench.js';
import { residentKiB } from '../process-figures.js';
import { median, spreadOf } from '../statistics.js';

const STARTS = 5;
const IDLE_MS = 5000;

/** What the service costs before anyone calls it. */
export const footprint: Measure = {
  ids: ['start', 'idleMemory'],

  async run({ servers, progress }, wanted) {
    const figures: Figure[] = [];
    const starts = wanted.has('start') ? STARTS : 1;
    const startSeconds: number[] = [];
    for (let count = 1; count <= starts; count++) {
      progress(`Start ${count} of ${starts}`);
      // Each with a new database, so that the migrations are part of it.
      const { running, startMs } = await servers.startService();
      startSeconds.push(startMs / 1000);
      if (count === starts && wanted.has('idleMemory')) {
        progress('Idle memory');
        await sleep(IDLE_MS);
        const value = residentKiB(running.pid) / 1024;
        figures.push({ id: 'idleMemory', title: 'idle memory', value, unit: 'MiB', atMost: 100 });
      }
      await running.stop();
    }
    if (wanted.has('start')) {
      figures.push({
        id: 'start',
        title: 'start until it answers, new database',
        value: median(startSeconds),
        unit: 's',
        atMost: 1.5,
        spread: spreadOf(startSeconds),
      });
    }
    return { figures };
  },
};
