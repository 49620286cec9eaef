import { chmodSync, readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { Caller } from '../support/caller.js';
import { unusedPort } from '../support/raw-upstream.js';
import { query } from '../support/stored.js';
import { until } from '../support/until.js';
import { scrape } from '../support/scrape.js';
import { AliceProcess, removeFolder, workFolder, type StartOptions } from './alice-process.js';

let simulator: Simulator;
let folder: string;
let alice: AliceProcess;

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());
/** A folder and a service in it, gone after each test, or after all of the block. */
function useFolder(before = beforeEach, after = afterEach): void {
  before(() => {
    folder = workFolder();
  });
  after(async () => {
    await alice.stop('SIGKILL');
    removeFolder(folder);
  });
}

afterEach(() => {
  simulator.reset();
});

async function start(options: Omit<StartOptions, 'folder'> = {}): Promise<string> {
  const variables = { OPENAI_BASE_URL: simulator.baseUrl, ...options.variables };
  alice = new AliceProcess({ ...options, folder, variables });
  return alice.url();
}

/** The status of one question under these credentials. */
async function statusWith(url: string, credentials: Record<string, string>): Promise<number> {
  const { status } = await new Caller(url, credentials).post('quickAnswer', '{"question":"hello"}');
  return status;
}

describe('the built service with nothing but a key', () => {
  useFolder(beforeAll, afterAll);
  let url: string;

  beforeAll(async () => {
    url = await start({ variables: { TOKEN: undefined, RATE_LIMIT_PER_MINUTE: undefined } });
  });

  it('makes its database and answers', async () => {
    const caller = new Caller(url, { token: 'alice' });
    const id = await caller.create();
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200, text: 'You said: hello' });
    // A missing key file is nothing to complain about when there are keys.
    expect(alice.output).not.toMatch(/key\.txt|"error"/);
    expect(alice.output.match(/"warn".*/g)).toEqual([
      expect.stringContaining('TOKEN is the default, which everybody knows'),
    ]);
    expect(alice.output).not.toContain(id);
    expect(alice.output).not.toContain('sk-test-1');
    expect(alice.output).not.toContain('hello');
  });

  it('answers supervisors, with what it loads only for them', async () => {
    const caller = new Caller(url, {});
    for (const path of ['/health/live', '/health/ready', '/metrics', '/openapi.json']) {
      expect([path, (await caller.get(path)).status]).toEqual([path, 200]);
    }
    expect((await scrape(url)).value('process_cpu_seconds_total')).toBeGreaterThan(0);
  });
});

describe('the built service without a key', () => {
  useFolder();

  it('says so once, and how to add one', async () => {
    await start({ variables: { OPENAI_API_KEYS: undefined } });
    expect(alice.output.match(/OPENAI_API_KEYS/g)).toHaveLength(1);
  });
});

describe('files of the working folder', () => {
  useFolder(beforeAll, afterAll);
  let url: string;

  beforeAll(async () => {
    const text = `TOKEN=token-of-the-file
OPENAI_API_KEYS=sk-of-the-file
TURBO_MODEL=of-the-file
admin_token=a-token-in-vain
PORT:8123
`;
    writeFileSync(join(folder, '.env'), text, { mode: 0o600 });
    writeFileSync(join(folder, 'key.txt'), '\uFEFFsk-of-the-key-file\r\n');
    chmodSync(join(folder, 'key.txt'), 0o644);
    url = await start({
      variables: { TOKEN: undefined, OPENAI_API_KEYS: 'sk-of-the-environment' },
    });
  });

  it('are .env, which the environment overrides, and key.txt', async () => {
    const answered = [1, 2, 3, 4].map(() => statusWith(url, { token: 'token-of-the-file' }));
    expect(new Set(await Promise.all(answered))).toEqual(new Set([200]));
    const asked = simulator.calls.filter(({ path }) => path.endsWith('completions'));
    expect(new Set(asked.map(({ key }) => key))).toEqual(
      new Set(['sk-of-the-environment', 'sk-of-the-key-file']),
    );
    expect(new Set(asked.map(({ model }) => model))).toEqual(new Set(['of-the-file']));
  });

  it('are named where a line or a name is no setting, and where everybody can read them', () => {
    expect(alice.output).not.toContain('a-token-in-vain');
    const warnings = alice.output.match(/"warn".*/g) ?? [];
    // The simulator lists no such model, which is told once its list has come.
    expect(warnings.filter((line) => !line.includes('model.not_listed'))).toEqual([
      expect.stringContaining('admin_token is not a setting: ADMIN_TOKEN may be meant'),
      expect.stringContaining('key.txt can be read by every user'),
    ]);
  });

  it('are made for its user alone', async () => {
    await new Caller(url, { token: 'token-of-the-file' }).create();
    const mode = (name: string) => (statSync(join(folder, name)).mode & 0o777).toString(8);
    const names = ['data', 'data/alice.db', 'data/alice.db-wal', 'data/alice.db-shm'];
    expect(names.map(mode)).toEqual(['700', '600', '600', '600']);
    expect(mode('key.txt')).toBe('644');
  });

  it('are in the report of the start: one line without a secret', () => {
    const lines = alice.output.split('\n').filter((line) => line.includes('"event":"start"'));
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({
        version: '1.0.0',
        node: process.version,
        envFile: join(realpathSync(folder), '.env'),
        database: `sqlite:${join(realpathSync(folder), 'data/alice.db')}`,
        auth: 'simple',
        isTokenDefault: false,
        keys: { env: 1, file: 1, api: 0 },
      }),
    ]);
    expect(lines[0]).not.toMatch(/sk-of|token-of/);
  });
});

// What each flag means is a test of the reader of the command line.
describe('the flags of the original', () => {
  useFolder(beforeAll, afterAll);
  const credentials = { token: 'token-of-the-flag' };
  let port: string;
  let file: string;
  let url: string;

  beforeAll(async () => {
    writeFileSync(join(folder, '.env'), 'TOKEN=token-of-the-file\n');
    port = String(await unusedPort());
    file = join(folder, 'chosen.db');
    url = await start({
      variables: {
        TOKEN: 'token-of-the-environment',
        OPENAI_API_KEYS: 'sk-only',
        AUTO_REMOVE_KEYS: 'false',
      },
      flags: [
        ...['-p', port, '--t=token-of-the-flag', '-a', '-l=4', '-auth', 'simple'],
        ...['-d', '1', '-db', `sqlite:${file}`],
      ],
    });
  });

  it('override the environment and the .env file: -p, -t and -auth', async () => {
    expect(new URL(url).port).toBe(port);
    expect(await statusWith(url, { token: 'token-of-the-environment' })).toBe(401);
    expect(await statusWith(url, { token: 'token-of-the-file' })).toBe(401);
    expect((await new Caller(url, credentials).post('create')).status).toBe(200);
  });

  it('choose the database: -db', () => {
    expect(query(file, 'SELECT 1 FROM conversations')).toHaveLength(1);
  });

  it('set the idle time: -d', async () => {
    const caller = new Caller(url, credentials);
    const id = await caller.create();
    // Reading does not keep a conversation alive.
    await until('the conversation is gone', async () => {
      return (await caller.post('context', '', { conversation: id })).status === 404;
    });
  });

  it('decide about rejected keys and set the limit: -a and -l', async () => {
    simulator.behave({ status: 401 }, { path: '/chat/completions' });
    const statuses: number[] = [];
    for (let call = 0; call < 5; call += 1) statuses.push(await statusWith(url, credentials));
    expect(statuses).toEqual([503, 503, 503, 503, 429]);
    // A rejected key is asked no second time, as it is without -a.
    expect(simulator.calls.filter(({ path }) => path.endsWith('completions'))).toHaveLength(1);
  });
});

/** Runs the service to its end, without a key unless said. @returns how it ended */
function run(options: Omit<StartOptions, 'folder'>): Promise<number | string> {
  alice = new AliceProcess({ ...options, folder });
  return alice.end();
}

describe('--help and --version', () => {
  useFolder();

  it('print and start nothing', async () => {
    expect(await run({ flags: ['--help'] })).toBe(0);
    expect(alice.output).toMatch(/^ {2}-proxy URL +.*PROXY_URL/m);
    const variables = { PORT: 'x', NODE_DEBUG: 'module' };
    expect(await run({ flags: ['--version'], variables })).toBe(0);
    expect(alice.stdout).toBe(`alice 1.0.0, Node ${process.version}\n`);
    expect(readdirSync(folder)).toEqual([]);
    // What is in the bundle is not loaded from its package once more.
    const loaded = alice.stderr.matchAll(/load ".*?\/node_modules\/([^/"]+)/g);
    expect([...new Set([...loaded].map(([, name]) => name))]).toEqual(['better-sqlite3']);
  });
});

describe('--check', () => {
  useFolder();

  /** @returns the exit code, once the address says where the model service is */
  function check(
    variables: Record<string, string | undefined> = {},
    address = simulator.baseUrl,
  ): Promise<number | string> {
    return run({ flags: ['--check'], variables: { OPENAI_BASE_URL: address, ...variables } });
  }

  it('does what a start does, and ends without having listened', async () => {
    expect(await check({ GPT4_MODEL: 'gpt-6-sol' })).toBe(0);
    expect(alice.output).toContain('"event":"start"');
    expect(alice.output).toContain('"event":"upstream.reached","models":');
    expect(alice.output).toContain('can be started');
    expect(alice.output).not.toContain('Listening');
  });

  it('says more than a log that is to be quiet', async () => {
    expect(await check({ LOG_LEVEL: 'fatal' })).toBe(0);
    expect(alice.output).toContain('"event":"start"');
  });

  it.each<[what: string, variables: Record<string, string | undefined>, reason: RegExp]>([
    ['a server of databases', { DATABASE_URL: 'postgres://x@127.0.0.1:1/x' }, /DATABASE_URL/],
    ['the address', { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' }, /check OPENAI_BASE_URL/],
  ])('fails over %s and says so', async (_what, variables, reason) => {
    expect(await check(variables)).toBe(1);
    expect(alice.stderr).toMatch(reason);
    expect(alice.stderr).toContain('"fatal"');
  });
});
