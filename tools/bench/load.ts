import { Pool } from 'undici';
import type { Failures } from './failures.js';

/** The concurrency of every figure per call, as the design's table has it. */
export const CONNECTIONS = 16;

export interface Answer {
  status: number;
  text: string;
}

export interface Call {
  path: string;
  headers: Record<string, string>;
  body: string;
  /** Says what is wrong with the answer, or nothing. */
  faultOf: (answer: Answer) => string | undefined;
}

/** Calls that must follow each other, such as the turns of one conversation. */
export type Job = readonly Call[];

/** A server that hangs is a failure after this long, not the end of the bench. */
const ANSWER_LIMIT_MS = 30_000;

export function openPool(origin: string, connections: number): Pool {
  return new Pool(origin, {
    connections,
    headersTimeout: ANSWER_LIMIT_MS,
    bodyTimeout: ANSWER_LIMIT_MS,
  });
}

/** Makes one call and reads its whole answer. */
export async function makeCall(pool: Pool, { path, headers, body }: Call): Promise<Answer> {
  const answer = await pool.request({ path, method: 'POST', headers, body });
  return { status: answer.statusCode, text: await answer.body.text() };
}

/** Does every job, at most {@link CONNECTIONS} at once, and checks every answer. */
export async function doJobs(
  pool: Pool,
  jobs: readonly Job[],
  where: string,
  failures: Failures,
): Promise<void> {
  const waiting = jobs.values();
  // One iterator shared by all workers is the queue: each takes the next job when it is free.
  const worker = async (): Promise<void> => {
    for (const job of waiting) {
      for (const call of job) {
        try {
          const fault = call.faultOf(await makeCall(pool, call));
          if (fault !== undefined) failures.add(where, fault);
        } catch (error) {
          failures.add(where, String(error));
        }
        failures.assertFewAt(where);
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

/** The check of an answer that must have this status and exactly this text. */
export function expectText(status: number, text: string): Call['faultOf'] {
  return (answer) =>
    answer.status === status && answer.text === text
      ? undefined
      : `expected ${status} with ${text.length} characters, got ${answer.status} with ${answer.text.length}: ${answer.text}`;
}
