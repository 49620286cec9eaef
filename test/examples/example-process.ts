import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../support/until.js';

/** A file of examples/ at work, with the variables that it is told and none of ours. */
export class ExampleProcess {
  stdout = '';
  stderr = '';
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  private readonly child: ChildProcess;

  constructor(command: string, args: readonly string[], variables: Record<string, string>) {
    const { PATH = '', HOME = '' } = process.env;
    this.child = spawn(command, args, {
      cwd: 'examples',
      env: { PATH, HOME, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = once(this.child, 'close').then(([code, signal]: unknown[]) => {
      return (code ?? signal) as number | string;
    });
  }

  /** Until its standard output is as wanted. @throws Error with its errors when it ends before */
  async prints(what: string, isWanted: (stdout: string) => boolean): Promise<void> {
    await until(`it prints ${what}`, () => isWanted(this.stdout) || this.hasEnded());
    if (this.hasEnded()) await this.ended;
    if (!isWanted(this.stdout)) throw new Error(`It printed ${this.stdout}\n${this.stderr}`);
  }

  /** The address of one that listens. */
  async url(): Promise<string> {
    const address = /^Listening on (\S+)$/m;
    await this.prints('its address', (stdout) => address.test(stdout));
    return address.exec(this.stdout)![1]!;
  }

  async stop(): Promise<void> {
    if (!this.hasEnded()) this.child.kill('SIGKILL');
    await this.ended;
  }

  private hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
