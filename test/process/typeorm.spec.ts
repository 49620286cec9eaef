import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { migrations } from '../../src/platform/database/migrations/index.js';
import { query } from '../support/stored.js';
import { removeFolder, workFolder } from './alice-process.js';

const run = promisify(execFile);
let folder: string;
let file: string;

beforeEach(() => {
  folder = workFolder();
  file = join(folder, 'alice.db');
});
afterEach(() => {
  removeFolder(folder);
});

/** `npm run typeorm -- …` on a database file of this test. @returns what it printed */
async function typeorm(...words: string[]): Promise<string> {
  const { stdout } = await run('npm', ['run', '--silent', 'typeorm', '--', ...words], {
    cwd: resolve('.'),
    env: { ...process.env, DATABASE_URL: `sqlite:${file}` },
  });
  return stdout;
}

describe('npm run typeorm', () => {
  it('runs the migrations of ormconfig.ts, after which the schema is up to date', async () => {
    await typeorm('migration:run');
    const last = 'SELECT name FROM migrations ORDER BY timestamp DESC LIMIT 1';
    expect(query(file, last)).toEqual([{ name: migrations.at(-1)!.name }]);
    expect(await typeorm('schema:log')).toMatch(/up to date/i);
  });
});
