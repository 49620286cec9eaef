import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DataSource } from 'typeorm';
import { token } from '../support/service.js';
import { isOnPostgres } from '../support/test-database.js';
import { slowness } from './slowness.js';
import { useService } from '../support/use-service.js';

const stored = 200_000;

const { service } = useService({ V1_LIST: 'true' });

beforeAll(async () => {
  await service.app.get(DataSource).query(
    `INSERT INTO conversations (id, kind, prompt, settings, stream, metadata, version, created_at)
     WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${stored - 1})
     SELECT 'conv_' || i, 'turbo', '', '', ${isOnPostgres ? 'false' : '0'}, '{"topic":"usual"}', 0, i
     FROM n`,
  );
});

/** Gets a list. @returns how long it took, and how long anything else had to wait meanwhile, in ms */
async function list(query: string): Promise<{ ms: number; held: number; ids: string[] }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const beganAt = performance.now();
  const answer = await fetch(`${service.url}/v1/conversations?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { data } = (await answer.json()) as { data: { id: string }[] };
  const ms = performance.now() - beganAt;
  delay.disable();
  return { ms, held: delay.max / 1e6, ids: data.map(({ id }) => id) };
}

describe(`a list of ${stored} conversations`, () => {
  it.each([
    ['from the middle', 'after=conv_100000', 'conv_99999'],
    ['from the middle, the oldest first', 'order=asc&after=conv_100000', 'conv_100001'],
    ['by metadata that none has', 'metadata[topic]=rare', undefined],
  ])('does not hold the process: %s', async (_title, query, first) => {
    const tries = [];
    for (let run = 0; run < 5; run += 1) tries.push(await list(query));
    // The machine may be busy with other things at one time, hardly at all five.
    const held = Math.min(...tries.map((one) => one.held));
    const ms = Math.min(...tries.map((one) => one.ms));
    console.info(`${query}: ${ms.toFixed(1)} ms, others waited ${held.toFixed(1)} ms`);
    expect(tries[0]?.ids[0]).toBe(first);
    expect(held).toBeLessThan(100 * slowness());
  });
});
