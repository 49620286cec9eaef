import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readPage } from '../../tools/docs/markdown-page.js';
import { useService } from '../support/use-service.js';

const run = promisify(execFile);
const { service } = useService({ TOKEN: 'alice', V1_LIST: 'true' });
const endOfCommand = '---end of a command---';

/** One command of a page, and what the page says that it prints. */
interface Shown {
  command: string;
  output: string;
}

/** The commands of a block. Where it begins with a comment, its comments explain the commands. */
function shownIn(block: string): Shown[] {
  const shown: Shown[] = [];
  const showsOutput = !block.startsWith('#');
  for (const line of block.replaceAll('\\\n', '').split('\n')) {
    const last = shown.at(-1);
    if (line !== '' && !line.startsWith('#')) shown.push({ command: line, output: '' });
    else if (last && line !== '' && showsOutput) last.output += `${line.slice(2)}\n`;
  }
  return shown;
}

/** Ids are others each time, and `…` stands for anything. */
function patternOf(output: string): RegExp {
  const escaped = output.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const ofAnyId = escaped.replaceAll(/(conv|share)_\w{22}/g, '$1_\\w{22}');
  return new RegExp(`^${ofAnyId.replaceAll(/\s?…\s?/g, '[^]*')}$`);
}

/** What each prints. One shell runs them all, as a reader's does: later ones use what earlier ones set. */
async function printedBy(commands: readonly string[]): Promise<string[]> {
  const script = commands.map((command) => `${command}\nprintf '\\n%s\\n' '${endOfCommand}'\n`);
  const here = script.join('').replaceAll('http://localhost:7777', service.url);
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', here]);
  return stdout
    .replaceAll('\r', '')
    .split(`${endOfCommand}\n`)
    .map((text) => text.trim());
}

it.each(['README.md', 'docs/tutorial.md', 'docs/api/chatgpt.md', 'docs/sharing.md'])(
  'the commands of %s print what it shows',
  async (file) => {
    const blocks = readPage('.', file).code.filter((block) => /^sh\n[^]*curl /.test(block));
    const shown = blocks.flatMap((block) => shownIn(block.slice(3)));
    const printed = await printedBy(shown.map(({ command }) => command));
    const expected = shown.map(({ command, output }): [string, unknown] => [
      command,
      output === '' ? expect.any(String) : expect.stringMatching(patternOf(output)),
    ]);
    expect(shown.filter(({ output }) => output !== '').length).toBeGreaterThan(2);
    expect(shown.map(({ command }, index) => [command, printed[index]])).toEqual(expected);
  },
);
