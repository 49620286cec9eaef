import { chmodSync, readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { Caller } from '../support/caller.js';
import { unusedPort } from '../support/raw-upstream.js';
import { scrape } from '../support/scrape.js';
import { AliceProcess, removeFolder, workFolder, type StartOptions } from './alice-process.js';

let simulator: Simulator;
let folder: string;
let alice: AliceProcess;

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());
beforeEach(() => {
  folder = workFolder();
});
afterEach(async () => {
  await alice.stop('SIGKILL');
  removeFolder(folder);
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

describe('the built service', () => {
  it('starts with nothing but a key, makes its database and answers', async () => {
    const url = await start({ variables: { TOKEN: undefined, RATE_LIMIT_PER_MINUTE: undefined } });
    const caller = new Caller(url, { token: 'alice' });
    const id = await caller.create();
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200, text: 'You said: hello' });
    expect(await caller.get('/health/live')).toMatchObject({ status: 200 });
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
    const url = await start();
    const caller = new Caller(url, {});
    for (const path of ['/health/live', '/health/ready', '/metrics', '/openapi.json']) {
      expect([path, (await caller.get(path)).status]).toEqual([path, 200]);
    }
    expect((await scrape(url)).value('process_cpu_seconds_total')).toBeGreaterThan(0);
  });

  it('says once that there is no key, and how to add one', async () => {
    await start({ variables: { OPENAI_API_KEYS: undefined } });
    expect(alice.output.match(/OPENAI_API_KEYS/g)).toHaveLength(1);
  });

  it('reads key.txt in its working folder', async () => {
    writeFileSync(join(folder, 'key.txt'), '\uFEFFsk-from-the-file\r\n');
    const url = await start({ variables: { OPENAI_API_KEYS: undefined, TOKEN: 'its-own-token' } });
    expect(await statusWith(url, { token: 'its-own-token' })).toBe(200);
    expect(simulator.calls.map(({ key }) => key)).toContain('sk-from-the-file');
  });

  it('reads an .env file, which the environment overrides', async () => {
    const text = `TOKEN=token-of-the-file
OPENAI_API_KEYS=sk-of-the-file
TURBO_MODEL=of-the-file
admin_token=a-token-in-vain
PORT:8123
`;
    writeFileSync(join(folder, '.env'), text, { mode: 0o600 });
    const url = await start({
      variables: { TOKEN: undefined, OPENAI_API_KEYS: 'sk-of-the-environment' },
    });
    expect(await statusWith(url, { token: 'token-of-the-file' })).toBe(200);
    const asked = simulator.calls.filter(({ path }) => path.endsWith('completions'));
    expect(asked).toMatchObject([{ key: 'sk-of-the-environment', model: 'of-the-file' }]);
    expect(alice.output).not.toContain('a-token-in-vain');
    const warnings = alice.output.match(/"warn".*/g) ?? [];
    // The simulator lists no such model, which is told once its list has come.
    expect(warnings.filter((line) => !line.includes('model.not_listed'))).toEqual([
      expect.stringContaining('admin_token is not a setting: ADMIN_TOKEN may be meant'),
    ]);
  });
});

describe('the flags of the original', () => {
  it('override the environment and the .env file: -t', async () => {
    writeFileSync(join(folder, '.env'), 'TOKEN=token-of-the-file\n');
    const url = await start({
      variables: { TOKEN: 'token-of-the-environment' },
      flags: ['-t', 'token-of-the-flag'],
    });
    expect(await statusWith(url, { token: 'token-of-the-flag' })).toBe(200);
    expect(await statusWith(url, { token: 'token-of-the-environment' })).toBe(401);
    expect(await statusWith(url, { token: 'token-of-the-file' })).toBe(401);
  });

  it('set the limit: -l', async () => {
    const url = await start({ flags: ['-l', '2'], variables: { TOKEN: 't' } });
    const statuses = [1, 2, 3].map(() => statusWith(url, { token: 't' }));
    expect((await Promise.all(statuses)).sort()).toEqual([200, 200, 429]);
  });

  it.each([
    ['-a before another flag', ['-a', '-l', '0'], 1],
    ['-a=false', ['-a=false'], 2],
  ])('decide about rejected keys: %s', async (_, flags, attempts) => {
    const url = await start({
      flags,
      variables: { TOKEN: 't', OPENAI_API_KEYS: 'sk-only', AUTO_REMOVE_KEYS: 'false' },
    });
    simulator.behave({ status: 401 }, { path: '/chat/completions' });
    expect(await statusWith(url, { token: 't' })).toBe(503);
    expect(await statusWith(url, { token: 't' })).toBe(503);
    const asked = simulator.calls.filter(({ path }) => path.endsWith('completions'));
    expect(asked).toHaveLength(attempts);
  });

  it('choose the auth: --auth', async () => {
    expect(await statusWith(await start({ flags: ['--auth=none'] }), {})).toBe(200);
  });

  it('set the idle time: -d', async () => {
    const url = await start({ flags: ['-d', '1'], variables: { TOKEN: 't' } });
    const caller = new Caller(url, { token: 't' });
    const id = await caller.create();
    let status = 200;
    // Reading does not keep a conversation alive.
    while (status === 200) ({ status } = await caller.post('context', '', { conversation: id }));
    expect(status).toBe(404);
  });

  it('warn about badger and mean the default: -db', async () => {
    const url = await start({ flags: ['-db', 'badger'], variables: { TOKEN: 't' } });
    expect(alice.output).toMatch(/badger/);
    expect(await statusWith(url, { token: 't' })).toBe(200);
  });

  it('choose the database: -db', async () => {
    const file = join(folder, 'chosen.db');
    const url = await start({ flags: ['-db', `sqlite:${file}`], variables: { TOKEN: 't' } });
    const id = await new Caller(url, { token: 't' }).create();
    await alice.stop();
    const again = await start({ variables: { DATABASE_URL: `sqlite:${file}`, TOKEN: 't' } });
    expect(await new Caller(again, { token: 't' }).sentences(id)).toEqual([]);
  });

  it('work together', async () => {
    const port = String(await unusedPort());
    const url = await start({
      flags: ['-p', port, '--t=all-of-them', '-a', '-l=100', '-auth', 'simple', '-d', '3600'],
    });
    expect(new URL(url).port).toBe(port);
    expect(await statusWith(url, { token: 'all-of-them' })).toBe(200);
  });
});

/** Runs the service to its end, without a key unless said. @returns how it ended */
function run(options: Omit<StartOptions, 'folder'>): Promise<number | string> {
  alice = new AliceProcess({ ...options, folder });
  return alice.end();
}

describe('--help and --version', () => {
  it('print and start nothing', async () => {
    expect(await run({ flags: ['--help'] })).toBe(0);
    expect(alice.output).toMatch(/^ {2}-proxy URL +.*PROXY_URL/m);
    expect(await run({ flags: ['--version'], variables: { PORT: 'x' } })).toBe(0);
    expect(alice.output).toBe(`alice 1.0.0, Node ${process.version}\n`);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the report of the start', () => {
  it('is one line, with what the start went by and no secret', async () => {
    writeFileSync(join(folder, '.env'), 'OPENAI_API_KEYS=sk-of-the-file-1\n', { mode: 0o600 });
    writeFileSync(join(folder, 'key.txt'), 'sk-of-the-key-file\n', { mode: 0o600 });
    await start({ variables: { OPENAI_API_KEYS: undefined, TOKEN: 'its-own-token' } });
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
    expect(lines[0]).not.toMatch(/sk-of|its-own/);
  });
});

describe('--check', () => {
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
    ['a setting', { PORT: 'http' }, /PORT is \\"http\\"/],
    ['the database', { DATABASE_URL: 'sqlite:/dev/null/alice.db' }, /DATABASE_URL/],
    ['a server of databases', { DATABASE_URL: 'postgres://x@127.0.0.1:1/x' }, /DATABASE_URL/],
    ['the address', { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' }, /check OPENAI_BASE_URL/],
    ['keys, of which there are none', { OPENAI_API_KEYS: undefined }, /No API key is configured/],
    ['a model', { TURBO_MODEL: 'gpt-7' }, /does not list gpt-7/],
  ])('fails over %s and says so', async (_what, variables, reason) => {
    expect(await check(variables)).toBe(1);
    expect(alice.stderr).toMatch(reason);
    expect(alice.stderr).toContain('"fatal"');
  });

  it('fails when no key is taken', async () => {
    simulator.behave({ status: 401 });
    expect(await check()).toBe(1);
    expect(alice.stderr).toMatch(/refuses the API keys/);
  });
});

describe('files of the service', () => {
  it('are made for its user alone, and those that everybody can read are named', async () => {
    writeFileSync(join(folder, 'key.txt'), 'sk-from-the-file\n');
    chmodSync(join(folder, 'key.txt'), 0o644);
    writeFileSync(join(folder, '.env'), '', { mode: 0o600 });
    await new Caller(await start()).create();
    const mode = (name: string) => (statSync(join(folder, name)).mode & 0o777).toString(8);
    const names = ['data', 'data/alice.db', 'data/alice.db-wal', 'data/alice.db-shm'];
    expect(names.map(mode)).toEqual(['700', '600', '600', '600']);
    expect(alice.output.match(/[^" ]+ can be read by every user/g)).toEqual([
      'key.txt can be read by every user',
    ]);
    expect(mode('key.txt')).toBe('644');
  });
});
