import fs, { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { backUp } from './backup.js';
import { RefusedError } from './refused.error.js';

let folder: string;
let database: string;
let backup: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alice-backup-'));
  database = join(folder, 'alice.db');
  backup = join(folder, 'backup.db');
  const connection = new BetterSqlite3(database);
  connection.exec('CREATE TABLE migrations (name TEXT)');
  connection.close();
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** What some file systems say to a hard link. */
function withoutHardLinks(): void {
  jest.spyOn(fs, 'linkSync').mockImplementation(() => {
    throw Object.assign(new Error('Operation not permitted'), { code: 'EPERM' });
  });
}

describe.each([
  ['with hard links', () => undefined],
  ['without hard links', withoutHardLinks],
])('backUp on a file system %s', (_name, prepare) => {
  beforeEach(prepare);

  it('gives the backup its name', async () => {
    const bytes = await backUp(database, backup, { replace: false });
    expect(bytes).toBe(readFileSync(backup).length);
    expect(bytes).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual(['alice.db', 'backup.db']);
  });

  it('leaves a file alone that appears under its name meanwhile', async () => {
    const copying = backUp(database, backup, { replace: false });
    expect(existsSync(backup)).toBe(false);
    fs.writeFileSync(backup, 'of another');
    await expect(copying).rejects.toThrow(/there already/);
    expect(readFileSync(backup, 'utf8')).toBe('of another');
    expect(readdirSync(folder)).toEqual(['alice.db', 'backup.db']);
  });
});

describe('backUp with --replace', () => {
  it('leaves nothing behind when the name cannot be replaced', async () => {
    const copying = backUp(database, backup, { replace: true });
    mkdirSync(backup);
    await expect(copying).rejects.toThrow('EISDIR');
    expect(readdirSync(folder)).toEqual(['alice.db', 'backup.db']);
  });

  it('refuses a folder', async () => {
    mkdirSync(backup);
    const copying = backUp(database, backup, { replace: true });
    await expect(copying).rejects.toThrow(new RefusedError(`${backup} is a folder: give a file`));
    expect(readdirSync(folder)).toEqual(['alice.db', 'backup.db']);
  });

  // SQLite would take what is in them for a part of the new backup.
  it.each(['-wal', '-journal'])('refuses a name beside which there is a %s', async (suffix) => {
    fs.writeFileSync(backup, 'earlier');
    fs.writeFileSync(backup + suffix, 'log of the earlier');
    const copying = backUp(database, backup, { replace: true });
    await expect(copying).rejects.toThrow(`${backup}${suffix} is of a database that is open`);
    expect(readFileSync(backup, 'utf8')).toBe('earlier');
  });
});
