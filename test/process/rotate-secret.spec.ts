import { copyFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { adminToken, Operator } from '../support/admin.js';
import { Caller } from '../support/caller.js';
import { ChildRun } from '../support/child-run.js';
import { query } from '../support/stored.js';
import { AliceProcess, removeFolder, workFolder } from './alice-process.js';

const oldSecret = 'the encryption secret so far, long';
const newSecret = 'the encryption secret from then on';
const key = 'sk-stored-0123456789-ABCD';

let folder: string;
let databaseFile: string;
let simulator: Simulator;
/** A folder with the database of a stopped service that stores two keys. */
let made: string;

beforeAll(async () => {
  simulator = await startSimulator();
  made = workFolder();
  folder = made;
  databaseFile = join(folder, 'alice.db');
  const service = serviceWith(oldSecret);
  const operator = new Operator({ url: await service.url() });
  await operator.add(key);
  await operator.add('sk-stored-0123456789-EFGH');
  await service.stop();
});
afterAll(async () => {
  await simulator.close();
  removeFolder(made);
});
beforeEach(() => {
  folder = workFolder();
  databaseFile = join(folder, 'alice.db');
  copyFileSync(join(made, 'alice.db'), databaseFile);
});
afterEach(() => {
  simulator.reset();
  removeFolder(folder);
});

function serviceWith(secret: string): AliceProcess {
  return new AliceProcess({
    folder,
    variables: {
      OPENAI_API_KEYS: undefined,
      OPENAI_BASE_URL: simulator.baseUrl,
      DATABASE_URL: `sqlite:${databaseFile}`,
      ADMIN_TOKEN: adminToken,
      KEY_ENCRYPTION_SECRET: secret,
    },
  });
}

const npmRun = ['npm', 'run', '--silent', 'keys:rotate-secret'];
const withoutNpm = [process.execPath, resolve('dist/rotate-secret.js')];

/** Rotates, as npm does it or without npm in between. @returns what it printed, and its exit code */
async function rotate(secret: string, next: string, [program, ...words] = withoutNpm) {
  const rotation = new ChildRun(program!, words, {
    cwd: resolve('.'),
    env: {
      DATABASE_URL: `sqlite:${databaseFile}`,
      KEY_ENCRYPTION_SECRET: secret,
      NEW_KEY_ENCRYPTION_SECRET: next,
    },
  });
  const code = await rotation.end();
  return { output: rotation.output, code };
}

function sealed(): string[] {
  const sql = 'SELECT secret FROM api_keys WHERE secret IS NOT NULL ORDER BY id';
  return query<{ secret: string }>(databaseFile, sql).map(({ secret }) => secret);
}

/** Serves one call with the stored key. */
async function serve(service: AliceProcess): Promise<void> {
  const caller = new Caller(await service.url());
  expect(await caller.post('quickAnswer', '{"question":"hello"}')).toMatchObject({ status: 200 });
  expect(simulator.callsWith(key)).toBeGreaterThan(0);
  expect(await service.stop()).toBe(0);
}

describe('npm run keys:rotate-secret', () => {
  it('encrypts every stored key again, after which only the new secret will do', async () => {
    const before = sealed();
    const { output, code } = await rotate(oldSecret, newSecret, npmRun);
    expect([code, output]).toEqual([0, expect.stringContaining('2 stored key(s)')]);
    expect(output).not.toContain(oldSecret);
    expect(output).not.toContain(newSecret);
    const after = sealed();
    expect(after).toHaveLength(2);
    expect(after.filter((secret) => before.includes(secret))).toEqual([]);

    const stopped = serviceWith(oldSecret);
    expect(await stopped.end()).toBe(1);
    expect(stopped.output).toContain('KEY_ENCRYPTION_SECRET is not the secret');
    expect(stopped.output).not.toContain(oldSecret);
    await serve(serviceWith(newSecret));
  });

  it('changes nothing when the secret so far is wrong', async () => {
    const before = sealed();
    const { output, code } = await rotate('a wrong encryption secret, as long', newSecret);
    expect([code, output]).toEqual([1, expect.stringContaining('is not the secret')]);
    expect(sealed()).toEqual(before);
    await serve(serviceWith(oldSecret));
  });

  it.each([
    ['the new secret is missing', oldSecret, '', 'NEW_KEY_ENCRYPTION_SECRET'],
    ['the new secret is short', oldSecret, 'short', 'shorter than 32'],
    ['the secret so far is missing', '', newSecret, 'KEY_ENCRYPTION_SECRET'],
  ])('changes nothing when %s, and says so', async (_what, secret, next, sentence) => {
    const before = sealed();
    const { output, code } = await rotate(secret, next);
    expect([code, output]).toEqual([1, expect.stringContaining(sentence)]);
    expect(sealed()).toEqual(before);
  });
});
