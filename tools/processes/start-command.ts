import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What follows `node` in package.json's start script, so that what is shown or measured is what users run. */
export function startCommand(root: string): string[] {
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  const [, command] = /"start": "node ([^"]+)"/.exec(text) ?? [];
  if (command === undefined) throw new Error('package.json has no start script that runs node');
  return command.split(' ').map((word) => (word.startsWith('-') ? word : join(root, word)));
}
