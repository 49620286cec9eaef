import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** What a command printed, on both outputs, and its exit code, or the signal that ended it. */
export interface CommandResult {
  output: string;
  code: number | string;
}

/** A command of `npm run` on the built service's database, without npm in between. */
export class DatabaseCommand {
  private output = '';
  private readonly child;
  private readonly exited: Promise<number | string>;

  /** @param words the command's name and what follows the two dashes */
  constructor(words: readonly string[], variables: Record<string, string>) {
    this.child = spawn(process.execPath, [resolve('dist/database-command.js'), ...words], {
      cwd: resolve('dist'),
      env: { PATH: process.env['PATH'], ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')));
    }
    this.exited = once(this.child, 'close').then(([code, signal]: unknown[]) => {
      return (code ?? signal) as number | string;
    });
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async result(): Promise<CommandResult> {
    const code = await this.exited;
    return { code, output: this.output };
  }
}

export function runDatabaseCommand(
  words: readonly string[],
  variables: Record<string, string>,
): Promise<CommandResult> {
  return new DatabaseCommand(words, variables).result();
}
