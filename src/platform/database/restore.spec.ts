import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { RefusedError } from './refused.error.js';
import { restore } from './restore.js';

let folder: string;
let database: string;
let backup: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alice-restore-'));
  database = join(folder, 'alice.db');
  backup = join(folder, 'backup.db');
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function makeDatabase(file: string, migrations: readonly string[] = []): void {
  const connection = new BetterSqlite3(file);
  connection.exec('CREATE TABLE migrations (name TEXT)');
  for (const name of migrations) connection.prepare('INSERT INTO migrations VALUES (?)').run(name);
  connection.close();
}

function failWith(code: string): () => never {
  return () => {
    throw Object.assign(new Error(code), { code });
  };
}

describe('restore that is refused', () => {
  const unusable: [string, () => void][] = [
    [
      'damaged',
      () => {
        writeFileSync(backup, 'no database'.repeat(100));
      },
    ],
    [
      'of a newer version',
      () => {
        makeDatabase(backup, ['OfTomorrow9']);
      },
    ],
  ];

  it.each(unusable)(
    'leaves no database where there was none: the backup is %s',
    async (_, make) => {
      make();
      await expect(restore(backup, database)).rejects.toThrow(RefusedError);
      expect(readdirSync(folder)).toEqual(['backup.db']);
    },
  );

  it.each(unusable)('leaves an empty file that was there: the backup is %s', async (_, make) => {
    make();
    writeFileSync(database, '');
    await expect(restore(backup, database)).rejects.toThrow(RefusedError);
    expect(readdirSync(folder)).toEqual(['alice.db', 'backup.db']);
  });

  it('leaves everything as it was where the database cannot have a second name', async () => {
    makeDatabase(database);
    makeDatabase(backup);
    const before = readFileSync(database);
    jest.spyOn(fs, 'linkSync').mockImplementation(failWith('EPERM'));
    await expect(restore(backup, database)).rejects.toThrow(/EPERM.*: move it away yourself/);
    expect(readdirSync(folder)).toEqual(['alice.db', 'backup.db']);
    expect(readFileSync(database)).toEqual(before);
  });

  it('leaves everything as it was where the database cannot be replaced', async () => {
    makeDatabase(database);
    makeDatabase(backup);
    const before = readFileSync(database);
    jest.spyOn(fs, 'renameSync').mockImplementation(failWith('EBUSY'));
    await expect(restore(backup, database)).rejects.toThrow('EBUSY');
    expect(readdirSync(folder)).toEqual(['alice.db', 'backup.db']);
    expect(readFileSync(database)).toEqual(before);
  });

  it('leaves the copy of an attempt that was ended, named as the backup', async () => {
    makeDatabase(database);
    const copy = `${database}.restoring`;
    makeDatabase(copy);
    await expect(restore(copy, database)).rejects.toThrow(/is not a backup/);
    expect(readdirSync(folder)).toEqual(['alice.db', 'alice.db.restoring']);
  });
});
