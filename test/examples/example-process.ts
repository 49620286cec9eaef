import { ChildRun } from '../support/child-run.js';
import { until } from '../support/until.js';

/** A file of examples/ at work. */
export class ExampleProcess extends ChildRun {
  constructor(command: string, args: readonly string[], variables: Record<string, string>) {
    super(command, args, { cwd: 'examples', env: { HOME: process.env['HOME'], ...variables } });
  }

  /** Until its standard output is as wanted. @throws Error with its errors when it ends before */
  async prints(what: string, isWanted: (stdout: string) => boolean): Promise<void> {
    await until(`it prints ${what}`, () => isWanted(this.stdout) || this.hasEnded());
    if (this.hasEnded()) await this.end();
    if (!isWanted(this.stdout)) throw new Error(`It printed ${this.stdout}\n${this.stderr}`);
  }

  /** The address of one that listens. */
  async url(): Promise<string> {
    const address = /^Listening on (\S+)$/m;
    await this.prints('its address', (stdout) => address.test(stdout));
    return address.exec(this.stdout)![1]!;
  }
}
