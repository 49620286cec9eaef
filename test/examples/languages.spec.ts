import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { AliceProcess, removeFolder, workFolder } from '../process/alice-process.js';
import { token } from '../support/service.js';
import { ExampleProcess } from './example-process.js';

interface Example {
  file: string;
  command: string;
  args?: string[];
  version?: string;
  /** What the model service does first, so that the service turns the call away for now. */
  fault?: Behaviour;
}

const rateLimited = { status: 429, headers: { 'retry-after': '1' }, times: 1 };
/** The official client is told not to wait for keys; it waits for a failing model service. */
const failing = { status: 500, times: 3 };

const examples: Example[] = [
  { file: 'chat.sh', command: 'bash' },
  { file: 'chat.py', command: 'python3' },
  { file: 'chat.mjs', command: 'node' },
  { file: 'chat-openai.mjs', command: 'node', fault: failing },
  { file: 'chat.go', command: 'go', args: ['run'], version: 'version' },
  // Compiled less, as it runs once: half of the CPU time.
  { file: 'Chat.java', command: 'java', args: ['-XX:TieredStopAtLevel=1'] },
  { file: 'chat.php', command: 'php' },
];
const commands = [...new Set(examples.map(({ command }) => command))];
const installed = new Set(
  commands.filter((command) => {
    const { version = '--version' } = examples.find((example) => example.command === command)!;
    return spawnSync(command, [version]).status === 0;
  }),
);
const found = examples.filter(({ command }) => installed.has(command));
const missing = commands.filter((command) => !installed.has(command)).join(', ') || 'nothing';

/** In pieces with line breaks and characters of several bytes; the second half comes when released. */
const pieces = ['Luft', ' streut\n', '\n两行 😀'];
const answer = pieces.join('');

let simulator: Simulator;
let folder: string;
let alice: AliceProcess;
let url: string;
let running: ExampleProcess[] = [];

beforeAll(async () => {
  simulator = await startSimulator();
  folder = workFolder();
  alice = new AliceProcess({
    folder,
    // One key and no patience with it: a rate limit of the model service is one of the caller.
    variables: { OPENAI_BASE_URL: simulator.baseUrl, OPENAI_API_KEYS: 'sk-one', KEY_WAIT_MS: '0' },
  });
  url = await alice.url();
});
afterEach(async () => {
  simulator.reset();
  await Promise.all(running.map((example) => example.stop('SIGKILL')));
  running = [];
});
afterAll(async () => {
  await alice.stop();
  await simulator.close();
  removeFolder(folder);
});

function start({ file, command, args = [] }: Example, variables = {}): ExampleProcess {
  const settings = { ALICE_URL: url, TOKEN: token, ...variables };
  const example = new ExampleProcess(command, [...args, file], settings);
  running.push(example);
  return example;
}

it(`tries the examples in every language that is installed (missing here: ${missing})`, () => {
  const files = readdirSync('examples').filter((file) => /^chat.*\.\w+$/i.test(file));
  expect(files.sort()).toEqual(examples.map(({ file }) => file).sort());
  expect([...installed]).toEqual(expect.arrayContaining(['bash', 'python3', 'node']));
});

describe.each(found)('examples/$file', (example) => {
  it('waits when it is told to, prints a stream as it comes, shares and finishes', async () => {
    simulator.behave({ answer: pieces, holdAfterPieces: 2 });
    simulator.behave(example.fault ?? rateLimited, { path: '/chat/completions' });
    const refusals = () => alice.output.match(/"status":(429|502)/g)?.length ?? 0;
    const before = refusals();
    const run = start(example);
    const halfWay = `${answer}\n${pieces[0]}${pieces[1]}`;
    await run.prints('the first pieces', (stdout) => stdout.trimEnd() === halfWay.trimEnd());
    expect(refusals()).toBeGreaterThan(before);
    simulator.release();
    expect([await run.end(), run.stderr]).toEqual([0, '']);
    const printed = `${answer}\n${answer}\n`;
    expect(run.stdout.slice(0, printed.length)).toBe(printed);
    const share = run.stdout.slice(printed.length);
    expect(share).toMatch(
      /share_\w{22}"?[:,][^]*Why is the sky blue\?[^]*两行[^]*And at night\?[^]*两行/,
    );
    expect(share.trimEnd()).toMatch(/\nConversation finished$/);
  });

  it('ends with what went wrong: a wrong token, an answer that breaks off', async () => {
    simulator.behave({ answer: pieces, cutAfterPieces: 2 });
    simulator.behave({ times: 1 }, { path: '/chat/completions' });
    const [stranger, cut] = [start(example, { TOKEN: 'not-the-token' }), start(example)];
    expect(await stranger.end()).toBe(1);
    expect(stranger.stderr).toMatch(/Auth failed/);
    expect(stranger.stdout).toBe('');
    expect(await cut.end()).toBe(1);
    expect(cut.stderr).toMatch(/The model service failed, please try again/);
    expect(cut.stdout).toMatch(/Luft streut\s*$/);
  });
});
