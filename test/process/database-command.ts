import { resolve } from 'node:path';
import { ChildRun } from '../support/child-run.js';

/** What a command printed, on both outputs, and its exit code, or the signal that ended it. */
export interface CommandResult {
  output: string;
  code: number | string;
}

/** A command of `npm run` on the built service's database, without npm in between. */
export class DatabaseCommand extends ChildRun {
  /** @param words the command's name and what follows the two dashes */
  constructor(words: readonly string[], env: Record<string, string>) {
    const file = resolve('dist/database-command.js');
    super(process.execPath, [file, ...words], { cwd: resolve('dist'), env });
  }

  async result(): Promise<CommandResult> {
    const code = await this.end();
    return { code, output: this.output };
  }
}

export function runDatabaseCommand(
  words: readonly string[],
  variables: Record<string, string>,
): Promise<CommandResult> {
  return new DatabaseCommand(words, variables).result();
}
