import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const KEPT_OUTPUT_CHARACTERS = 8_192;
const STOP_GRACE_MS = 5_000;

export interface ProcessToStart {
  name: string;
  /** What follows `node` on the command line. */
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
}

/** One server under measurement, and the end of what it printed. */
export class RunningProcess {
  readonly pid: number;
  #output = '';
  #isStopping = false;

  constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    if (child.pid === undefined) throw new Error(`${name} could not be started`);
    this.pid = child.pid;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-KEPT_OUTPUT_CHARACTERS);
      });
    }
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** @throws when the process ended by itself, with the end of its output: it may explain itself there. */
  assertRunning(): void {
    if (!this.hasEnded || this.#isStopping) return;
    const end = this.child.signalCode ?? `code ${this.child.exitCode ?? 'unknown'}`;
    throw new Error(`${this.name} has ended (${end}); its last output:\n${this.#output}`);
  }

  /** Resolves with what the pattern's first group matched in the output. */
  async waitForOutput(pattern: RegExp, timeoutMs: number): Promise<string> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      const match = pattern.exec(this.#output);
      if (match) return match[1] ?? '';
      this.assertRunning();
      await sleep(5);
    }
    throw new Error(
      `${this.name} did not print ${pattern.source}; its last output:\n${this.#output}`,
    );
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.hasEnded) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const killer = setTimeout(() => {
      this.child.kill('SIGKILL');
    }, STOP_GRACE_MS);
    await ended;
    clearTimeout(killer);
  }

  kill(): void {
    if (!this.hasEnded) this.child.kill('SIGKILL');
  }
}

/** Every process that the bench starts, so that none outlives it. */
export class Processes {
  readonly #started: RunningProcess[] = [];

  start({ name, args, env, cwd }: ProcessToStart): RunningProcess {
    // A developer's own OPENAI_* or DATABASE_URL must not reach a measured server.
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, args, {
      cwd,
      env: { PATH, HOME, NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new RunningProcess(name, child);
    this.#started.push(started);
    return started;
  }

  /** @throws when one of them ended by itself: that explains a failed call better than the call does. */
  assertRunning(): void {
    for (const started of this.#started) started.assertRunning();
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#started.map((started) => started.stop()));
  }

  /** For the way out, where nothing can be awaited any more. */
  killAll(): void {
    for (const started of this.#started) started.kill();
  }
}
