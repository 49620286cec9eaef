import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Where a child runs: its folder, else ours, and its variables. */
export interface ChildSurroundings {
  cwd?: string;
  /** Beside PATH, and none of ours. One that is undefined is left out. */
  env?: Record<string, string | undefined>;
}

/** A process that a test starts: what it prints, and how it ends. */
export class ChildRun {
  stdout = '';
  stderr = '';
  /** Both, as they came. */
  output = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | string>;

  constructor(command: string, args: readonly string[], { cwd, env }: ChildSurroundings = {}) {
    const child = spawn(command, args, {
      cwd,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        this.output += text;
      });
    }
    // 'close' comes after the last of the output, 'exit' may not.
    this.ended = once(child, 'close').then(([code, signal]: unknown[]) => {
      return (code ?? signal) as number | string;
    });
    this.child = child;
  }

  protected get pid(): number | undefined {
    return this.child.pid;
  }

  /** The exit code, or the signal that ended it. */
  end(): Promise<number | string> {
    return this.ended;
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    if (!this.hasEnded()) this.kill(signal);
    return this.ended;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
