import type { Pool } from 'undici';
import { contentOf, createConversations, streamedChatCall } from '../alice-calls.js';
import type { Bench, Measure } from '../bench.js';
import { EventStreamReader } from '../event-stream.js';
import { openPool, type Call } from '../load.js';
import { UPSTREAM_CALL } from '../servers.js';
import { median, spreadOf } from '../statistics.js';
import { piecesOf, QUESTION } from '../texts.js';

const SAMPLES = 300;
const WARM_UP_SAMPLES = 100;
/** The spread is that of so many stretches of the run. */
const STRETCHES = 5;
const TURNS_OF_A_CONVERSATION = 5;
/** Two pieces, the second later, so that the first travels alone. */
const ANSWER = piecesOf(2);
const PIECE_DELAY_MS = 5;

type Request = Pick<Call, 'path' | 'headers' | 'body'>;

interface Source {
  pool: Pool;
  pieceOf: (data: string) => string;
  /** The request of the sample with this index. */
  requestAt: (index: number) => Request;
}

interface Sample {
  direct: number;
  nest: number;
  service: number;
}

/** What a server adds to the upstream's own time to the first piece, one call at a time. */
export const firstPiece: Measure = {
  ids: ['firstPiece'],

  async run(bench) {
    bench.progress('Time to first piece');
    await bench.servers.simulator.behave({ answer: ANSWER, pieceDelayMs: PIECE_DELAY_MS });
    const sources = await prepareSources(bench);
    try {
      const samples = (await takeSamples(bench, sources)).slice(WARM_UP_SAMPLES);
      const stretchLength = Math.ceil(samples.length / STRETCHES);
      const ratios = Array.from({ length: STRETCHES }, (_, index) =>
        addedRatio(samples.slice(index * stretchLength, (index + 1) * stretchLength)),
      );
      return {
        figures: [
          {
            id: 'firstPiece',
            title: 'added time to first piece, 1 connection',
            value: addedRatio(samples),
            unit: "× N's",
            atMost: 1,
            spread: spreadOf(ratios),
          },
        ],
        notes: [
          `time to first piece, median: upstream alone ${shownMs(samples, 'direct')}, through N ${shownMs(samples, 'nest')}, through the service ${shownMs(samples, 'service')}`,
        ],
      };
    } finally {
      await Promise.all(Object.values(sources).map(({ pool }) => pool.destroy()));
    }
  },
};

async function prepareSources(bench: Bench): Promise<Record<keyof Sample, Source>> {
  const [service, nest] = await Promise.all([bench.service(), bench.nest()]);
  const { simulator } = bench.servers;
  const turns = WARM_UP_SAMPLES + SAMPLES;
  const ids = await createConversations(service.pool, Math.ceil(turns / TURNS_OF_A_CONVERSATION));
  const asIs = (data: string): string => data;
  return {
    direct: {
      pool: openPool(simulator.origin, 1),
      pieceOf: contentOf,
      requestAt: () => ({
        path: `${new URL(simulator.baseUrl).pathname}/chat/completions`,
        headers: UPSTREAM_CALL.headers,
        body: JSON.stringify({
          model: UPSTREAM_CALL.model,
          messages: [{ role: 'user', content: QUESTION }],
          stream: true,
        }),
      }),
    },
    nest: {
      pool: openPool(nest.origin, 1),
      pieceOf: asIs,
      requestAt: () => ({
        path: '/stream',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ question: QUESTION }),
      }),
    },
    service: {
      pool: openPool(service.origin, 1),
      pieceOf: asIs,
      requestAt: (index) =>
        streamedChatCall(ids[Math.floor(index / TURNS_OF_A_CONVERSATION)] ?? ''),
    },
  };
}

/** Call by call in turn, and in turn each of them first, so that nothing else differs. */
async function takeSamples(bench: Bench, sources: Record<keyof Sample, Source>): Promise<Sample[]> {
  const orders: (keyof Sample)[][] = [
    ['direct', 'nest', 'service'],
    ['nest', 'service', 'direct'],
    ['service', 'direct', 'nest'],
  ];
  const samples: Sample[] = [];
  for (let index = 0; index < WARM_UP_SAMPLES + SAMPLES; index++) {
    const sample: Sample = { direct: 0, nest: 0, service: 0 };
    for (const name of orders[index % orders.length] ?? []) {
      sample[name] = await timeToFirstPiece(bench, name, sources[name], index);
    }
    samples.push(sample);
  }
  return samples;
}

async function timeToFirstPiece(
  { failures }: Bench,
  name: string,
  { pool, pieceOf, requestAt }: Source,
  index: number,
): Promise<number> {
  const place = `time to first piece, ${name}`;
  let firstAt = Number.NaN;
  const reader = new EventStreamReader((data) => {
    if (Number.isNaN(firstAt) && pieceOf(data) !== '') firstAt = performance.now();
  });
  const startedAt = performance.now();
  const answer = await pool.request({ ...requestAt(index), method: 'POST' });
  await reader.readAll(answer.body);
  const text = reader.pieces.map(pieceOf).join('');
  if (!reader.isComplete || text !== ANSWER.join('')) {
    failures.add(place, `got ${answer.statusCode} ${text}`);
    failures.assertFewAt(place);
  }
  return firstAt - startedAt;
}

function addedRatio(samples: readonly Sample[]): number {
  const service = median(samples.map((sample) => sample.service - sample.direct));
  const nest = median(samples.map((sample) => sample.nest - sample.direct));
  return service / nest;
}

function shownMs(samples: readonly Sample[], name: keyof Sample): string {
  return `${median(samples.map((sample) => sample[name])).toFixed(2)} ms`;
}
