import { gzipSync } from 'node:zlib';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { AliceProcess, removeFolder, workFolder } from '../process/alice-process.js';
import { send } from '../support/raw-request.js';
import { scrape } from '../support/scrape.js';
import { token } from '../support/service.js';
import { slowness } from './slowness.js';

const mebibyte = 1_048_576;
/** The largest delays that bodies may cause, in milliseconds; a collection of garbage may double one. */
const most = [
  { bytes: 4 * mebibyte, ms: 50 },
  { bytes: 20 * mebibyte, ms: 250 },
];
const margin = 2;
/** What else the machine does at the time only adds to a delay, so that the least of a few counts. */
const attempts = 3;

let simulator: Simulator;
let alice: AliceProcess;
let folder: string;
let url: string;

beforeAll(async () => {
  simulator = await startSimulator();
  folder = workFolder();
  const limits = { MAX_BODY_BYTES: '20971520', V1_MAX_BODY_BYTES: '20971520' };
  const variables = { OPENAI_BASE_URL: simulator.baseUrl, LOG_LEVEL: 'info', ...limits };
  alice = new AliceProcess({ folder, variables });
  url = await alice.url();
  // The checks of the first calls compile what the others run.
  for (const shape of Object.values(shapes)) await post(shape(100_000));
});
afterAll(async () => {
  await alice.stop();
  await simulator.close();
  removeFolder(folder);
});

interface Hostile {
  path: string;
  body: string | Buffer;
  headers?: Record<string, string>;
}

/** So many characters; none where that is less than one. */
function filler(length: number, character = 'x'): string {
  return character.repeat(Math.max(0, Math.floor(length)));
}

/** As often as fits into so many bytes. */
function repeated(part: string, bytes: number): string {
  return part.repeat(Math.max(0, Math.floor(bytes / Buffer.byteLength(part))));
}

function numbered(bytes: number, most: number, part: (index: number) => string): string {
  const parts: string[] = [];
  for (let index = 0, size = 0; size < bytes && index < most; index += 1) {
    const next = part(index);
    parts.push(next);
    size += next.length + 1;
  }
  return parts.join();
}

const responses = (rest: string): Hostile => ({
  path: '/v1/responses',
  body: `{"model":"gpt-6-luna",${rest}}`,
});
const completions = (rest: string): Hostile => ({
  path: '/v1/chat/completions',
  body: `{"model":"gpt-6-luna","messages":[{"role":"user","content":"Q"}],${rest}}`,
});
/** So many of them, each filled so that all together have the size. */
const filled = (bytes: number, count: number, part: (text: string) => string): string =>
  Array.from({ length: count }, () => part(filler(bytes / count - 70))).join();

/** Near the top of a size in bytes, a little below. */
const shapes: Record<string, (bytes: number) => Hostile> = {
  'one text': (bytes) => responses(`"input":"${filler(bytes - 100)}"`),
  'one text to be passed on': (bytes) => completions(`"user":"${filler(bytes - 200)}"`),
  instructions: (bytes) => responses(`"input":"Q","instructions":"${filler(bytes - 100)}"`),
  // Said again in three events of the stream.
  'instructions of a stream': (bytes) =>
    responses(`"stream":true,"input":"Q","instructions":"${filler(bytes - 100)}"`),
  'one text beyond latin1': (bytes) => completions(`"user":"${repeated('你', bytes - 200)}"`),
  'a text with one letter beyond latin1': (bytes) =>
    completions(`"user":"你${filler(bytes - 200)}"`),
  'escaped letters': (bytes) => completions(`"user":"${repeated('\\u4f60', bytes - 200)}"`),
  'escaped quotes': (bytes) => completions(`"user":"${repeated('\\"', bytes - 200)}"`),
  'one key': (bytes) => completions(`"${filler(bytes - 200)}":1`),
  blanks: (bytes) => responses(`"input":"Q"${filler(bytes - 100, ' ')}`),
  'nothing but blanks': (bytes) => ({ path: '/v1/responses', body: ' '.repeat(bytes) }),
  digits: (bytes) => completions(`"seed":${filler(bytes - 200, '1')}`),
  decimals: (bytes) => completions(`"seed":0.${filler(bytes - 200, '1')}`),
  keys: (bytes) => completions(numbered(bytes - 200, 3e6, (index) => `"k${index}":1`)),
  'as many keys as may be': (bytes) =>
    completions(
      numbered(bytes - 200, 24_990, (index) => `"k${index}${filler(bytes / 25e3 - 20)}":1`),
    ),
  'keys that are numbers': (bytes) =>
    completions(numbered(bytes - 200, 3e6, (index) => `"${(index * 7_919) % 1e9}":1`)),
  'as many keys that are numbers as may be': (bytes) =>
    completions(
      numbered(
        bytes - 200,
        24_990,
        (index) => `"${(index * 7_919) % 1e9}":"${filler(bytes / 25e3 - 20)}"`,
      ),
    ),
  'the same key': (bytes) => completions(numbered(bytes - 200, 3e6, () => '"k":1')),
  brackets: (bytes) => ({ path: '/v1/responses', body: '['.repeat(bytes) }),
  'objects in each other': (bytes) => ({ path: '/v1/responses', body: repeated('{"a":', bytes) }),
  'empty arrays': (bytes) => responses(`"input":[${repeated('[],', bytes - 100)}[]]`),
  'as many empty arrays as may be': () => completions(`"x":[${'[],'.repeat(49_990)}[]]`),
  'as many numbers as may be': (bytes) =>
    completions(
      `"x":[${numbered(bytes - 200, 399_600, (index) => `0.${filler(bytes / 4e5 - 10, '1')}${index}`)}]`,
    ),
  'as many tokens to be embedded as may be': () => ({
    path: '/v1/embeddings',
    body: `{"model":"gpt-6-luna","input":[${numbered(4e6, 2_048, () => `[${numbered(4e3, 146, (index) => String((index * 7_919) % 100_000))}]`)}]}`,
  }),
  'as many texts as may be': (bytes) =>
    completions(`"x":[${filled(bytes - 200, 99_900, (text) => `"${text}"`)}]`),
  'empty messages': (bytes) =>
    responses(`"input":[${repeated('{"role":"user","content":""},', bytes - 100)}{}]`),
  'as many messages as may be': (bytes) =>
    responses(
      `"input":[${filled(bytes - 100, 2_048, (text) => `{"role":"user","content":"${text}"}`)}]`,
    ),
  'as many messages of a chat as may be': (bytes) => ({
    path: '/v1/chat/completions',
    body: `{"model":"gpt-6-luna","messages":[${filled(bytes - 100, 12_400, (text) => `{"role":"user","content":"${text}"}`)}]}`,
  }),
  'as many parts as may be': (bytes) =>
    responses(
      `"input":[{"role":"user","content":[${filled(bytes - 100, 9_900, (text) => `{"type":"input_text","text":"${text}"}`)}]}]`,
    ),
  'as many function calls as may be': (bytes) =>
    responses(
      `"input":[${filled(bytes - 100, 1_024, (text) => `{"type":"function_call","call_id":"c","name":"f","arguments":"${text}"},{"type":"function_call_output","call_id":"c","output":""}`)}]`,
    ),
  metadata: (bytes) =>
    responses(
      `"input":"Q","metadata":{${numbered(bytes - 100, 24_990, (index) => `"k${index}":"${filler(bytes / 25e3 - 20)}"`)}}`,
    ),
  'a schema': (bytes) =>
    responses(
      `"input":"Q","text":{"format":{"type":"json_schema","name":"s","schema":{${numbered(bytes - 300, 24_980, (index) => `"k${index}":"${filler(bytes / 25e3 - 20)}"`)}}}}`,
    ),
  includes: (bytes) =>
    responses(`"input":"Q","include":[${filled(bytes - 100, 99_900, (text) => `"${text}"`)}]`),
  'text that is no UTF-8': (bytes) => ({ path: '/v1/responses', body: Buffer.alloc(bytes, 0xff) }),
  'text that is no JSON': (bytes) => ({ path: '/v1/responses', body: filler(bytes) }),
  'a form': (bytes) => ({ path: '/chatgpt/createRolePlay', body: repeated('a=b&', bytes) }),
  'a form of one field': (bytes) => ({
    path: '/chatgpt/createRolePlay',
    body: `prompt=${repeated('%41', bytes - 10)}`,
  }),
  'a question': (bytes) => ({ path: '/chatgpt/chat', body: filler(bytes) }),
  examples: (bytes) => ({
    path: '/chatgpt/quickAnswer',
    body: `{"question":"Q","examples":[${filled(bytes - 100, 99_900, (text) => `"${text}"`)}]}`,
  }),
  'a compressed text': (bytes) => ({
    ...completions(''),
    body: gzipSync(completions(`"user":"${filler(bytes - 200)}"`).body),
    headers: { 'content-encoding': 'gzip' },
  }),
  'compressed brackets': (bytes) => ({
    path: '/v1/responses',
    body: gzipSync('['.repeat(bytes)),
    headers: { 'content-encoding': 'gzip' },
  }),
};

async function post({ path, body, headers }: Hostile): Promise<number> {
  return (await send(url, { path, body, headers: { token, ...headers } })).status;
}

/** How long the loop stood still at most since the last look. */
async function longestDelayMs(): Promise<number> {
  const metrics = await scrape(url);
  return metrics.value('alice_event_loop_delay_seconds{quantile="1"}') * 1_000;
}

describe.each(most)('a body of $bytes bytes', ({ bytes, ms }) => {
  it.each(Object.keys(shapes))(
    'of %s holds the event loop for no longer than it may',
    async (name) => {
      const hostile = shapes[name]!(bytes);
      const mostMs = ms * margin * slowness();
      let leastMs = Infinity;
      for (let attempt = 1; attempt <= attempts && leastMs >= mostMs; attempt += 1) {
        await longestDelayMs();
        const status = await post(hostile);
        const delay = await longestDelayMs();
        console.info(`${name}, ${bytes / mebibyte} MiB: ${status}, ${delay.toFixed(0)} ms`);
        expect(status).toBeLessThan(500);
        leastMs = Math.min(leastMs, delay);
      }
      expect(leastMs).toBeLessThan(mostMs);
    },
  );
});
