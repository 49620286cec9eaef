import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Cost, Figure, Measure, Outcome } from '../bench.js';
import { doJobs } from '../load.js';
import { cpuTimeErrorMs, cpuTimeMs } from '../process-figures.js';
import type { Server } from '../servers.js';
import { median, spreadOf } from '../statistics.js';
import { subjects, type Subject, type SubjectId } from '../subjects.js';

interface Row {
  id: string;
  title: string;
  subject: SubjectId;
  reference: SubjectId;
  unit: string;
  atMost: number;
  /** Whether two services of one build are compared, which tells nothing of another build. */
  isWithinBuild?: true;
}

const rows: readonly Row[] = [
  {
    id: 'quickAnswer',
    title: 'quickAnswer, CPU a call',
    subject: 'quickAnswer',
    reference: 'nestAnswer',
    unit: '× N',
    atMost: 0.55,
  },
  {
    id: 'chat',
    title: 'chat turn, persisted, CPU a call',
    subject: 'chat',
    reference: 'nestAnswer',
    unit: '× N',
    atMost: 0.7,
  },
  {
    id: 'streamedChat',
    title: 'streamed chat of 50 pieces, CPU a call',
    subject: 'streamedChat',
    reference: 'nestStream',
    unit: '× N streaming',
    atMost: 0.6,
  },
  {
    id: 'streamedChatAtOnce',
    title: 'the same, all pieces in one moment',
    subject: 'streamedChatAtOnce',
    reference: 'nestStreamAtOnce',
    unit: '× N streaming',
    atMost: 0.6,
  },
  {
    id: 'chatOverResponses',
    title: 'chat turn over the Responses API',
    subject: 'chatOverResponses',
    reference: 'chatBeside',
    unit: '× over chat completions',
    atMost: 1.15,
    isWithinBuild: true,
  },
  {
    id: 'streamOverResponses',
    title: 'stream of 50 pieces over the Responses API, all in one moment',
    subject: 'streamOverResponses',
    reference: 'streamBeside',
    unit: '× over chat completions',
    atMost: 1.15,
    isWithinBuild: true,
  },
  {
    id: 'completion',
    title: '/v1/chat/completions, CPU a call',
    subject: 'completion',
    reference: 'nestAnswer',
    unit: '× N',
    atMost: 0.55,
  },
  {
    id: 'streamedCompletion',
    title: '/v1/chat/completions, stream of 50 pieces',
    subject: 'streamedCompletion',
    reference: 'nestStream',
    unit: '× N streaming',
    atMost: 0.6,
  },
  {
    id: 'response',
    title: '/v1/responses, kept in a conversation',
    subject: 'response',
    reference: 'nestAnswer',
    unit: '× N',
    atMost: 0.9,
  },
  {
    id: 'history',
    title: 'chat turn on 200 sentences, CPU a call',
    subject: 'longChat',
    reference: 'chat',
    unit: '× a new one',
    atMost: 2,
  },
];

/** Enough for V8 to have optimized what it will optimize. */
const WARM_UP_CALLS = 600;
/**
 * Before each round: a server that has waited for others' rounds gave memory back meanwhile, and costs
 * up to twice as much until it has it again.
 */
const WARM_AGAIN_CALLS = 2000;
/** A reading is exact to two ticks of 10 ms: a round of this length is off by 1% at most. */
const ROUND_CPU_MS = 100 * cpuTimeErrorMs();
/** What a server still does after its last answer (commits, log lines) belongs to the calls. */
const SETTLE_MS = 50;

interface Sample {
  cpuMsPerCall: number;
  callsPerSecond: number;
}

/** A subject with the number of calls that makes its rounds long enough, and what they have shown. */
interface Contestant {
  subject: Subject;
  calls: number;
  samples: Sample[];
}

/** A row's figure: what one costs by what the other does, round by round. */
interface Pair {
  row: Row;
  contestant: Contestant;
  reference: Contestant;
}

/** More than this is not the noise of a quiet machine. */
const MOST_AGAINST_ANOTHER_BUILD = 1.03;

/**
 * CPU time per call of the service, as ratios to the references, in interleaved rounds; with
 * `--against`, the references are the same calls of another build.
 */
export const cpuPerCall: Measure = {
  ids: rows.map(({ id }) => id),

  async run(bench, wanted) {
    const wantedRows = rows.filter(({ id }) => wanted.has(id));
    if (bench.against !== null) {
      const comparable = wantedRows.filter(({ isWithinBuild = false }) => !isWithinBuild);
      return await againstBuild(bench, bench.against, comparable);
    }
    const { contestants, pairs } = await prepareReferences(bench, wantedRows);
    for (let round = 1; round <= bench.rounds; round++) {
      bench.progress(`CPU per call: round ${round} of ${bench.rounds}`);
      for (const { subject, calls, samples } of contestants) {
        const behaviour = subject.warmUp?.behaviour ?? subject.behaviour;
        await measure(bench, { ...subject, behaviour }, WARM_AGAIN_CALLS);
        samples.push(await measure(bench, subject, calls));
      }
    }
    return {
      figures: pairs.map((pair) => figureOf([pair])),
      costs: contestants.map((contestant) => costOf([contestant])),
    };
  },
};

async function prepareReferences(bench: Bench, wanted: readonly Row[]) {
  const ids = new Set<SubjectId>(['passThrough']);
  for (const { subject, reference } of wanted) ids.add(reference).add(subject);
  const byId = new Map<SubjectId, Contestant>();
  for (const id of ids) byId.set(id, await prepareContestant(bench, id));
  const pairs = wanted.flatMap((row): Pair[] => {
    const contestant = byId.get(row.subject);
    const reference = byId.get(row.reference);
    return contestant && reference ? [{ row, contestant, reference }] : [];
  });
  return { contestants: [...byId.values()], pairs };
}

/**
 * Every round starts both builds again: what V8 makes of the same code differs from one process to the
 * next by more than two builds do, and for as long as the process lives.
 */
async function againstBuild(bench: Bench, root: string, wanted: readonly Row[]): Promise<Outcome> {
  const pairs: Pair[] = [];
  for (let round = 1; round <= bench.rounds; round++) {
    bench.progress(`CPU per call: start ${round} of ${bench.rounds}`);
    const own = await bench.servers.startService();
    const other = await bench.servers.startService({}, root);
    for (const row of wanted) {
      const pair = {
        row: { ...row, unit: '× the other build', atMost: MOST_AGAINST_ANOTHER_BUILD },
        contestant: await prepareContestant(withService(bench, own), row.subject),
        reference: await prepareContestant(withService(bench, other), row.subject),
      };
      pair.reference.subject.what += ', the other build';
      const { contestant, reference } = pair;
      for (const { subject, calls, samples } of [contestant, reference, reference, contestant]) {
        samples.push(await measure(bench, subject, calls));
      }
      pairs.push(pair);
    }
    await Promise.all([own.running.stop(), other.running.stop()]);
  }
  const ofRows = wanted.map(({ id }) => pairs.filter(({ row }) => row.id === id));
  return {
    figures: ofRows.map(figureOf),
    costs: ofRows.flatMap((ofRow) => [
      costOf(ofRow.map(({ contestant }) => contestant)),
      costOf(ofRow.map(({ reference }) => reference)),
    ]),
  };
}

function withService(bench: Bench, server: Server): Bench {
  return { ...bench, service: () => Promise.resolve(server) };
}

async function prepareContestant(bench: Bench, id: SubjectId): Promise<Contestant> {
  bench.progress(`CPU per call: warming up ${id}`);
  const subject = await subjects[id](bench);
  const { fixedCalls, behaviour } = subject;
  const warmUp = subject.warmUp ?? { calls: fixedCalls ?? WARM_UP_CALLS, behaviour };
  await measure(bench, { ...subject, behaviour: warmUp.behaviour }, warmUp.calls);
  if (fixedCalls !== undefined) return { subject, calls: fixedCalls, samples: [] };
  const { cpuMsPerCall } = await measure(bench, subject, warmUp.calls);
  return { subject, calls: Math.ceil(ROUND_CPU_MS / cpuMsPerCall), samples: [] };
}

async function measure(bench: Bench, subject: Subject, calls: number): Promise<Sample> {
  const { server, what, behaviour } = subject;
  await bench.servers.simulator.behave(behaviour);
  const jobs = await subject.prepare(calls);
  const count = jobs.reduce((sum, job) => sum + job.length, 0);
  await sleep(SETTLE_MS);

  const cpuBefore = cpuTimeMs(server.running.pid);
  const startedAt = performance.now();
  await doJobs(server.pool, jobs, what, bench.failures);
  const elapsedMs = performance.now() - startedAt;
  await sleep(SETTLE_MS);
  const cpuMs = cpuTimeMs(server.running.pid) - cpuBefore;

  server.running.assertRunning();
  await subject.tidy?.();
  return { cpuMsPerCall: cpuMs / count, callsPerSecond: (count * 1000) / elapsedMs };
}

/** @param pairs of one row, one or more */
function figureOf(pairs: readonly Pair[]): Figure {
  const ratios = pairs.flatMap(({ contestant, reference }) =>
    contestant.samples.map(
      ({ cpuMsPerCall }, round) =>
        cpuMsPerCall / (reference.samples[round]?.cpuMsPerCall ?? Number.NaN),
    ),
  );
  const [first] = pairs;
  if (!first) throw new Error('A figure of nothing');
  const { id, title, unit, atMost } = first.row;
  return { id, title, unit, atMost, value: median(ratios), spread: spreadOf(ratios) };
}

/** @param contestants the same, in one process or in several */
function costOf(contestants: readonly Contestant[]): Cost {
  const samples = contestants.flatMap((contestant) => contestant.samples);
  return {
    what: contestants[0]?.subject.what ?? '',
    cpuMsPerCall: median(samples.map(({ cpuMsPerCall }) => cpuMsPerCall)),
    callsPerSecond: median(samples.map(({ callsPerSecond }) => callsPerSecond)),
  };
}
