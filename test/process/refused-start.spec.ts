import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { until } from '../support/until.js';
import { AliceProcess, removeFolder, workFolder, type StartOptions } from './alice-process.js';

const longToken = 'a-token-that-is-long-enough';
let folder: string;
let alice: AliceProcess;

beforeEach(() => {
  folder = workFolder();
});
afterEach(async () => {
  await alice.stop('SIGKILL');
  removeFolder(folder);
});

/** Starts what must not start. @returns what it said: sentences, and no stack */
async function refusal(options: Omit<StartOptions, 'folder'>): Promise<string> {
  alice = new AliceProcess({ ...options, folder });
  await until('the service has ended', () => alice.hasEnded());
  const code = await alice.end();
  expect(code).toEqual(expect.any(Number));
  expect(code).not.toBe(0);
  expect(alice.output).not.toMatch(/^\s+at .*:\d+:\d+/m);
  return alice.output;
}

// Which lines, settings and combinations are refused are tests of their readers.
describe('a bad command line stops the start', () => {
  it('naming the flag', async () => {
    expect(await refusal({ flags: ['-p', '80', '--verbose=yes'] })).toContain('--verbose');
  });

  it('naming the setting of a flag', async () => {
    const variables = { PORT: undefined };
    expect(await refusal({ flags: ['-p', 'eighty'], variables })).toContain('PORT');
  });
});

describe('bad settings stop the start', () => {
  const bad: [string, string, RegExp][] = [
    ['PORT', 'http', /\d/],
    ['AUTH_MODE', 'open', /none.*simple.*normal/],
    ['NONCE_RETENTION_DAYS', '-1', /0/],
    ['AUTO_REMOVE_KEYS', 'perhaps', /true.*false/],
    ['OPENAI_BASE_URL', 'api.openai.com', /http/],
    ['PROXY_URL', 'socks5://user:pa55word@proxy', /http/],
    ['GPT3_API', 'edits', /chat.*completions/],
    ['RATE_LIMIT_PER_MINUTE', 'many', /0/],
    ['MAX_RUNNING_CALLS', '0', /1/],
    ['CONVERSATION_TTL_SECONDS', '1.5', /0/],
    ['EXPIRY_SWEEP_SECONDS', '0', /1/],
    ['MAX_BODY_BYTES', '1MB', /\d/],
    ['MAX_CONVERSATION_BYTES', '4 MiB', /\d/],
    ['TURN_LEASE_SECONDS', '0', /1/],
    ['DATABASE_URL', 'mysql://root:s3same@localhost/alice', /sqlite/],
    ['SQLITE_SYNCHRONOUS', 'off', /normal.*full/],
    ['DATABASE_POOL_SIZE', '0', /1/],
    ['DATABASE_CONNECT_TIMEOUT_MS', '2s', /\d/],
    ['DATABASE_STATEMENT_TIMEOUT_MS', '5s', /\d/],
    ['DATABASE_TLS', 'prefer', /disable.*require.*verify-full/],
    ['DATABASE_TLS_CA_FILE', '/no/such/file.pem', /read/],
    ['UPSTREAM_CONNECT_TIMEOUT_MS', '5s', /\d/],
    ['UPSTREAM_FIRST_BYTE_TIMEOUT_MS', '-1', /\d/],
    ['UPSTREAM_IDLE_TIMEOUT_MS', 'x', /\d/],
    ['UPSTREAM_CALL_TIMEOUT_MS', '1e3', /\d/],
    ['LOG_LEVEL', 'loud', /info/],
    ['SEED_STATUS_CODES', '505', /true.*false/],
    ['ALLOW_INSECURE', 'maybe', /true.*false/],
  ];
  let output: string;

  // All at once: one failed start names every one of them.
  beforeAll(async () => {
    folder = workFolder();
    const variables = Object.fromEntries(bad.map(([name, value]) => [name, value]));
    // ALLOW_INSECURE is looked at where it matters.
    output = await refusal({ variables: { ...variables, HOST: '0.0.0.0', TOKEN: undefined } });
    removeFolder(folder);
  });

  it.each(bad)('%s=%s is named with what it takes', (name, _, accepted) => {
    const line = output.split(/\n|\\n/).find((candidate) => candidate.includes(name));
    expect(line).toMatch(accepted);
  });

  it('without showing the password that is in one', () => {
    expect(output).not.toMatch(/pa55word|s3same/);
  });
});

describe('listening beyond loopback', () => {
  it('is refused with a short token, saying what to change', async () => {
    const output = await refusal({ variables: { HOST: '0.0.0.0', TOKEN: 'fifteen-letters' } });
    expect(output).toMatch(/TOKEN.*16/s);
    expect(output).toContain('ALLOW_INSECURE');
    expect(output).not.toContain('fifteen-letters');
  });

  it('is allowed with a long token', async () => {
    alice = new AliceProcess({ folder, variables: { HOST: '0.0.0.0', TOKEN: longToken } });
    expect(await alice.url()).toMatch(/^http/);
  });

  it('is not what another address of 127.0.0.0/8 means', async () => {
    alice = new AliceProcess({ folder, variables: { HOST: '127.1.2.3', TOKEN: undefined } });
    expect(await alice.url()).toMatch(/^http/);
  });
});

describe('a place that cannot be used stops the start', () => {
  it('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const output = await refusal({ variables: { PORT: String(port) } });
    other.close();
    expect(output).toContain(String(port));
    expect(output.match(/EADDRINUSE/g)).toHaveLength(1);
    expect(output).toContain('Choose another one with PORT or -p');
  });

  it.each<[string, string, (path: string) => void]>([
    [
      'a file that is no database',
      'diary.txt',
      (path) => {
        writeFileSync(path, 'Dear diary, '.repeat(200));
      },
    ],
    [
      'a folder',
      'folder',
      (path) => {
        mkdirSync(path);
      },
    ],
    [
      'a file in a file',
      'file/alice.db',
      () => {
        writeFileSync(join(folder, 'file'), '');
      },
    ],
  ])('a database that is %s', async (_, name, prepare) => {
    const path = join(folder, name);
    prepare(path);
    const output = await refusal({ variables: { DATABASE_URL: `sqlite:${path}` } });
    expect(output).toMatch(/The database cannot be opened.*DATABASE_URL/s);
  });

  it('a database of a newer version', async () => {
    const path = join(folder, 'alice.db');
    const newer = new BetterSqlite3(path);
    newer.exec(readFileSync('test/databases/09-2185036.sqlite.sql', 'utf8'));
    newer.exec("INSERT INTO migrations (timestamp, name) VALUES (4102444800000, 'FromTomorrow')");
    newer.close();
    const output = await refusal({ variables: { DATABASE_URL: `sqlite:${path}` } });
    expect(output).toMatch(/newer version: .*FromTomorrow.*backup/);
  });
});
