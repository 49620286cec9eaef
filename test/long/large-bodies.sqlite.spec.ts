import { readFileSync } from 'node:fs';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { AliceProcess, removeFolder, workFolder } from '../process/alice-process.js';
import { send } from '../support/raw-request.js';
import { token } from '../support/service.js';
import { until } from '../support/until.js';

const mebibyte = 1_048_576;
/** The memory limit of the containers in `deploy/` and `compose.yaml`. */
const limit = 512 * mebibyte;
/** What the image gives V8 of it. */
const [heap] = /--max-old-space-size=\d+/.exec(readFileSync('Dockerfile', 'utf8')) ?? [];

let simulator: Simulator;
let alice: AliceProcess;
let folder: string;
let url: string;

afterEach(async () => {
  await alice.stop();
  await simulator.close();
  removeFolder(folder);
});

async function start(variables: Record<string, string>): Promise<void> {
  simulator = await startSimulator();
  folder = workFolder();
  alice = new AliceProcess({
    folder,
    variables: { OPENAI_BASE_URL: simulator.baseUrl, NODE_OPTIONS: heap, ...variables },
  });
  url = await alice.url();
}

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  return send(url, { path, body, headers: { token, ...headers } });
}

/** The memory that was needed, and of which statuses the answers were. */
function report(answers: readonly { status: number }[]): { peak: number; statuses: number[] } {
  const peak = alice.peakMemory();
  const served = answers.filter(({ status }) => status === 200).length;
  console.info(`${served} of ${answers.length} served, ${Math.round(peak / mebibyte)} MiB`);
  return { peak, statuses: [...new Set(answers.map(({ status }) => status))].sort() };
}

describe('the memory of the containers', () => {
  it.each([
    [7.9, {}],
    [18, { V1_MAX_BODY_BYTES: '20971520' }],
  ])('is enough for sixteen bodies of %d MiB at once', async (size, variables) => {
    await start(variables);
    // One letter beyond latin1 makes every other one of the text twice as large.
    const content = `你${'x'.repeat(size * mebibyte)}`;
    const body = JSON.stringify({ model: 'gpt-6-luna', messages: [{ role: 'user', content }] });
    for (let round = 0; round < 2; round += 1) {
      const calls = Array.from({ length: 16 }, () => post('/v1/chat/completions', body));
      const { peak, statuses } = report(await Promise.all(calls));
      expect(statuses).toEqual([200, 503]);
      expect(peak).toBeLessThan(limit);
    }
  });

  it('is enough for sixty turns at once on conversations of 3 MiB', async () => {
    await start({});
    const item = { type: 'message', role: 'user', content: 'word '.repeat((3 * mebibyte) / 5) };
    const ids: string[] = [];
    for (let made = 0; made < 60; made += 1) {
      const { text } = await post('/v1/conversations', JSON.stringify({ items: [item] }));
      ids.push((JSON.parse(text) as { id: string }).id);
    }
    simulator.behave({ holdBeforeAnswer: true });
    let refused = 0;
    const calls = ids.map(async (conversation) => {
      const answer = await post('/chatgpt/chat', 'Q', { conversation });
      if (answer.status === 503) refused += 1;
      return answer;
    });
    await until('those that are asked take up the memory', () => refused > 0);
    simulator.reset();
    const { peak, statuses } = report(await Promise.all(calls));
    expect(statuses).toEqual([200, 503]);
    expect(peak).toBeLessThan(limit);
  });
});
