import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'undici';
import { createConversations, streamedChatCall } from '../alice-calls.js';
import type { Bench, Figure, Measure } from '../bench.js';
import { EventStreamReader } from '../event-stream.js';
import { openPool } from '../load.js';
import { cpuTimeMs, residentKiB } from '../process-figures.js';
import type { Server } from '../servers.js';

const STREAMS = 1000;
const WARM_UP_STREAMS = 50;
/** They begin over two of the ten seconds that they last: node accepts one connection a loop, so a burst would measure that. */
const START_DELAY_MS = 2;
const PIECE_DELAY_MS = 100;
const RSS_SAMPLE_MS = 100;
const SETTLE_MS = 2000;
/** Single letters: the simulator quotes 200 characters of a question and cuts it at the blanks. */
const LETTERS = 98;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';

interface StreamRun {
  firstPieceAt: number;
  endedAt: number;
  longestGapMs: number;
  /** Whether every piece came, one event each, and the end. */
  isExact: boolean;
}

/**
 * A thousand callers at once, each with a conversation and an answer of its own, so that pieces of
 * one stream in another would be seen. Memory is counted from after a small warm-up of the same
 * shape: code, pools and buffers that a first stream needs are there, and the rest was allocated
 * for these streams. (A warm-up with a thousand would leave their memory with the process, and the
 * difference would say nothing.)
 */
export const manyStreams: Measure = {
  ids: ['streams'],

  async run(bench) {
    bench.progress(`${STREAMS} streams at once`);
    // A process of its own: one that has served other loads has memory to spare.
    const server = await bench.servers.startService();
    const pool = openPool(server.origin, STREAMS);
    try {
      await bench.servers.simulator.behave({ pieceDelayMs: PIECE_DELAY_MS });
      const ids = await createConversations(server.pool, STREAMS + WARM_UP_STREAMS);
      await runStreams(bench, pool, ids.splice(0, WARM_UP_STREAMS));
      await sleep(SETTLE_MS);

      const { pid } = server.running;
      const beforeKiB = residentKiB(pid);
      const cpuBefore = cpuTimeMs(pid);
      const startedAt = performance.now();
      const peak = watchPeak(server);
      const runs = await runStreams(bench, pool, ids);
      const elapsedMs = performance.now() - startedAt;
      const peakKiB = peak.stop();
      server.running.assertRunning();
      const busy = (cpuTimeMs(pid) - cpuBefore) / elapsedMs;
      return {
        figures: figuresOf(bench, runs, (peakKiB - beforeKiB) / STREAMS),
        notes: [
          `${STREAMS} streams: ${toMiB(beforeKiB)} MiB before, ${toMiB(peakKiB)} MiB at the peak; ${(elapsedMs / 1000).toFixed(1)} s with ${(busy * 100).toFixed(0)}% of a core`,
        ],
      };
    } finally {
      await pool.destroy();
      await server.running.stop();
    }
  },
};

async function runStreams(bench: Bench, pool: Pool, ids: readonly string[]): Promise<StreamRun[]> {
  return await Promise.all(
    ids.map(async (id, index) => {
      await sleep(index * START_DELAY_MS);
      try {
        return await runStream(bench, pool, id, index);
      } catch (error) {
        bench.failures.add('streams', String(error));
        return { firstPieceAt: NaN, endedAt: NaN, longestGapMs: Infinity, isExact: false };
      }
    }),
  );
}

async function runStream(
  { failures }: Bench,
  pool: Pool,
  id: string,
  index: number,
): Promise<StreamRun> {
  const { question, answer } = talkOf(index);
  let firstPieceAt = 0;
  let lastPieceAt = 0;
  let longestGapMs = 0;
  const reader = new EventStreamReader(() => {
    const now = performance.now();
    if (firstPieceAt === 0) firstPieceAt = now;
    else longestGapMs = Math.max(longestGapMs, now - lastPieceAt);
    lastPieceAt = now;
  });
  const { path, headers, body } = streamedChatCall(id, question);
  const response = await pool.request({ path, method: 'POST', headers, body });
  await reader.readAll(response.body);

  const { pieces, isComplete } = reader;
  const isExact =
    response.statusCode === 200 &&
    isComplete &&
    pieces.length === answer.length &&
    pieces.every((piece, position) => piece === answer[position]);
  if (!isExact) {
    const text = pieces.join('');
    failures.add(
      'streams',
      `stream ${index}: ${response.statusCode}, ${pieces.length} of ${answer.length} pieces, ${isComplete ? 'ended' : 'not ended'}: ${text}`,
    );
  }
  return { firstPieceAt, endedAt: performance.now(), longestGapMs, isExact };
}

/** A question of its own for each stream, and the pieces in which the simulator quotes it. */
function talkOf(index: number): { question: string; answer: string[] } {
  const number = String(index).padStart(4, '0');
  const letters = Array.from(
    { length: LETTERS },
    (_, position) => ` ${ALPHABET[(index + position) % ALPHABET.length] ?? ''}`,
  );
  return {
    question: `${number}${letters.join('')}`,
    answer: ['You', ' said:', ` ${number}`, ...letters],
  };
}

function watchPeak({ running }: Server): { stop: () => number } {
  let peak = residentKiB(running.pid);
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, residentKiB(running.pid));
    } catch {
      // It has ended, which its owner notices and explains better.
      clearInterval(timer);
    }
  }, RSS_SAMPLE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}

function figuresOf({ failures }: Bench, runs: readonly StreamRun[], memoryKiB: number): Figure[] {
  const lastStart = Math.max(...runs.map(({ firstPieceAt }) => firstPieceAt));
  const firstEnd = Math.min(...runs.map(({ endedAt }) => endedAt));
  if (!(lastStart < firstEnd)) failures.add('streams', 'they did not all run at once');

  const broken = runs.filter(({ isExact }) => !isExact).length;
  const longestGapMs = Math.max(...runs.map((run) => run.longestGapMs));
  const figure = (title: string, value: number, unit: string, atMost: number): Figure => ({
    id: 'streams',
    title: `${STREAMS} streams: ${title}`,
    value,
    unit,
    atMost,
  });
  return [
    figure('a piece lost, changed or merged', broken, 'streams', 0),
    figure('longest gap between pieces', longestGapMs / 1000, 's', 1),
    figure('memory of each', memoryKiB, 'KiB', 64),
  ];
}

function toMiB(kiB: number): string {
  return (kiB / 1024).toFixed(1);
}
