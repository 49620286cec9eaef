import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { quickAnswerCall } from '../alice-calls.js';
import type { Bench, Measure } from '../bench.js';
import { doJobs } from '../load.js';
import { cpuTimeMs } from '../process-figures.js';
import { UPSTREAM_KEY, type Server } from '../servers.js';
import { median, spreadOf } from '../statistics.js';
import { ANSWER_PIECES } from '../texts.js';

const DEAD_KEY = 'sk-dead-0123456789abcdef0123456789abcdef';
const ADMIN_TOKEN = 'bench-admin-token-0123456789';
/** Few enough that the refusal at the head of each round can be seen, enough for exact readings. */
const CALLS = 600;
const SETTLE_MS = 50;

/** What it costs that the first of two keys is dead: each round begins with finding that out again. */
export const deadKey: Measure = {
  ids: ['deadKey'],

  async run(bench) {
    const { servers, rounds, progress } = bench;
    progress('First key dead: starting two services');
    const healthy = await servers.startService();
    const dead = await servers.startService({
      OPENAI_API_KEYS: `${DEAD_KEY},${UPSTREAM_KEY}`,
      ADMIN_TOKEN,
    });
    await servers.simulator.behave({ answer: ANSWER_PIECES });
    await servers.simulator.behaveFor(DEAD_KEY, { status: 401 });
    const ratios: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      progress(`First key dead: round ${round} of ${rounds}`);
      await enableAll(dead);
      // In turn, so that whatever else the machine does falls on both.
      let reference = round % 2 === 0 ? await cpuMsPerCall(bench, healthy) : 0;
      const cost = await cpuMsPerCall(bench, dead);
      reference ||= await cpuMsPerCall(bench, healthy);
      // The first round warms up.
      if (round > 0) ratios.push(cost / reference);
    }
    await Promise.all([healthy.running.stop(), dead.running.stop()]);
    const value = median(ratios);
    const title = 'first key dead, CPU a call';
    const spread = spreadOf(ratios);
    return {
      figures: [{ id: 'deadKey', title, value, unit: '× healthy', atMost: 1.3, spread }],
    };
  },
};

async function cpuMsPerCall({ failures }: Bench, server: Server): Promise<number> {
  const before = cpuTimeMs(server.running.pid);
  const jobs = Array.from({ length: CALLS }, () => [quickAnswerCall()]);
  await doJobs(server.pool, jobs, 'first key dead', failures);
  await sleep(SETTLE_MS);
  return (cpuTimeMs(server.running.pid) - before) / CALLS;
}

/** Lets every key be tried again. */
async function enableAll({ origin }: Server): Promise<void> {
  const pool = new Pool(origin, { connections: 1 });
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  try {
    const answer = await pool.request({ path: '/admin/keys', method: 'GET', headers });
    const { data } = (await answer.body.json()) as { data: { id: string }[] };
    for (const { id } of data) {
      const path = `/admin/keys/${id}/enable`;
      const enabled = await pool.request({ path, method: 'POST', headers });
      await enabled.body.dump();
      if (enabled.statusCode !== 200) throw new Error(`enable answered ${enabled.statusCode}`);
    }
  } finally {
    await pool.destroy();
  }
}
