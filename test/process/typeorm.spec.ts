import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { removeFolder, workFolder } from './alice-process.js';

const run = promisify(execFile);
let folder: string;

beforeEach(() => {
  folder = workFolder();
});
afterEach(() => {
  removeFolder(folder);
});

/** `npm run typeorm -- …` on a database file of this test. @returns what it printed */
async function typeorm(...words: string[]): Promise<string> {
  const { stdout } = await run('npm', ['run', '--silent', 'typeorm', '--', ...words], {
    cwd: resolve('.'),
    env: { ...process.env, DATABASE_URL: `sqlite:${join(folder, 'alice.db')}` },
  });
  return stdout;
}

describe('npm run typeorm', () => {
  it('runs the migrations of ormconfig.ts, after which the schema is up to date', async () => {
    expect(await typeorm('migration:show')).toMatch(/\[ \].*\d{13}/);
    await typeorm('migration:run');
    expect(await typeorm('migration:show')).toMatch(/\[X\].*\d{13}/);
    expect(await typeorm('schema:log')).toMatch(/up to date/i);
  });
});
