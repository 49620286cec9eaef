// npm run bench [-- --only quickAnswer,chat | --scale | --against DIR] [--rounds 5] [--json]
// Exit code 0: every target met; 1: a target missed, a wrong answer, or the bench could not run.
import type { Bench, Outcome } from './bench.js';
import { Failures } from './failures.js';
import { allMeasures } from './measures/index.js';
import { readOptions, type Options } from './options.js';
import { assertProcessFigures, machineTime, type MachineTime } from './process-figures.js';
import { Processes } from '../processes/processes.js';
import { asJson, asText, isPassed, type Result } from './report.js';
import { Servers } from './servers.js';
import { WorkFolders } from './work-folders.js';

const processes = new Processes();
const folders = new WorkFolders();
// The last resort on every way out, Ctrl-C and crashes included: nothing asynchronous runs any more.
process.once('exit', () => {
  processes.killAll();
  folders.remove();
});
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.once(signal, () => process.exit(exitCode));
}

try {
  const options = readOptions(process.argv.slice(2));
  assertProcessFigures();
  const result = await runBench(options);
  console.log(options.json ? asJson(result) : asText(result));
  process.exitCode = isPassed(result) ? 0 : 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await processes.stopAll();
}

async function runBench({ wanted, rounds, against }: Options): Promise<Result> {
  const startedAt = performance.now();
  const machineBefore = machineTime();
  const failures = new Failures();
  const servers = new Servers(processes, folders, await Servers.startSimulator(processes));
  const bench: Bench = {
    servers,
    failures,
    rounds,
    service: once(() => servers.startService()),
    overResponses: once(() => servers.startService({ UPSTREAM_DIALECT: 'responses' })),
    besideResponses: once(() => servers.startService()),
    against,
    nest: once(() => servers.startNest()),
    passThrough: once(() => servers.startPassThrough()),
    progress: (text) => {
      const seconds = (performance.now() - startedAt) / 1000;
      process.stderr.write(`${seconds.toFixed(0).padStart(4)} s  ${text}\n`);
    },
  };
  const outcomes: Outcome[] = [];
  for (const measure of allMeasures) {
    if (!measure.ids.some((id) => wanted.has(id))) continue;
    try {
      outcomes.push(await measure.run(bench, wanted));
    } catch (error) {
      processes.assertRunning();
      // The other measures may still tell something.
      failures.add(`measure of ${measure.ids.join(', ')}`, `given up: ${String(error)}`);
    }
  }
  await servers.closePools();
  await processes.stopAll();
  return {
    figures: outcomes.flatMap(({ figures }) => figures),
    costs: outcomes.flatMap(({ costs }) => costs ?? []),
    notes: outcomes.flatMap(({ notes }) => notes ?? []),
    failures,
    otherPrograms: shareOfOthers(machineBefore, machineTime()),
    seconds: (performance.now() - startedAt) / 1000,
  };
}

/** How much of the machine went to programs that are not the bench's: they disturb every figure. */
function shareOfOthers(before: MachineTime, after: MachineTime): number {
  const own = after.ownMs - before.ownMs;
  const all = after.allMs - before.allMs;
  return Math.max(0, all - own) / (after.possibleMs - before.possibleMs);
}

function once<Value>(start: () => Promise<Value>): () => Promise<Value> {
  let started: Promise<Value> | undefined;
  return () => (started ??= start());
}
