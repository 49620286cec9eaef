import { mkdtempSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as otherWork } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import BetterSqlite3 from 'better-sqlite3';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { until } from '../../../test/support/until.js';
import { SystemClock } from '../time/clock.js';
import type { Statement } from './database.js';
import { SqliteFiles } from './sqlite-files.js';
import { SqliteDatabase } from './sqlite.database.js';

let connection: BetterSqlite3.Database;
let database: SqliteDatabase;
let executed: string[];

beforeEach(() => {
  executed = [];
  connection = new BetterSqlite3(':memory:', {
    verbose: (sql) => {
      executed.push(String(sql));
    },
  });
  database = new SqliteDatabase(new SystemClock());
  database.open(connection, 'normal', null);
  connection.exec('CREATE TABLE words (word TEXT PRIMARY KEY)');
  executed = [];
});
afterEach(() => {
  jest.restoreAllMocks();
  connection.close();
});

function insert(word: string, orElse = 'ABORT'): Statement {
  return { sql: `INSERT OR ${orElse} INTO words VALUES (?)`, parameters: [word] };
}

const missing: Statement = {
  sql: 'DELETE FROM words WHERE word = ?',
  parameters: ['unknown'],
  expectedRows: 1,
};

function kept(): unknown[] {
  return connection.prepare('SELECT word FROM words ORDER BY word').pluck().all();
}

function transactions(): string[] {
  return executed.filter((sql) => /^(BEGIN|COMMIT|ROLLBACK$)/.test(sql));
}

/** The batches of one moment. @returns what became of each: the missed statement, or the error's code */
async function write(...batches: Statement[][]): Promise<unknown[]> {
  const attempts = await Promise.allSettled(batches.map((batch) => database.write(batch)));
  return attempts.map((attempt) => {
    if (attempt.status === 'rejected') return (attempt.reason as { code?: unknown }).code;
    return attempt.value.committed ? 'kept' : attempt.value.missedStatement;
  });
}

describe('batches of one moment', () => {
  it('share one transaction', async () => {
    expect(await write([insert('a'), insert('b')], [insert('c')], [insert('d')])).toEqual([
      'kept',
      'kept',
      'kept',
    ]);
    expect(kept()).toEqual(['a', 'b', 'c', 'd']);
    expect(transactions()).toEqual(['BEGIN IMMEDIATE', 'COMMIT']);
  });

  it('fail each for itself', async () => {
    expect(
      await write(
        [insert('a')],
        [insert('b'), missing],
        [insert('c'), insert('c')],
        [insert('a')],
        [insert('d')],
      ),
    ).toEqual(['kept', 1, 'SQLITE_CONSTRAINT_PRIMARYKEY', 'SQLITE_CONSTRAINT_PRIMARYKEY', 'kept']);
    expect(kept()).toEqual(['a', 'd']);
    expect(transactions()).toEqual(['BEGIN IMMEDIATE', 'COMMIT']);
  });

  it('are done one by one when one of them ends the transaction', async () => {
    await write([insert('a')]);
    executed = [];
    expect(await write([insert('b')], [insert('a', 'ROLLBACK')], [insert('c')])).toEqual([
      'kept',
      'SQLITE_CONSTRAINT_PRIMARYKEY',
      'kept',
    ]);
    expect(kept()).toEqual(['a', 'b', 'c']);
    expect(transactions().filter((sql) => sql === 'COMMIT')).toHaveLength(2);
  });

  it('are done in their order', async () => {
    const remove: Statement = { ...missing, parameters: ['a'] };
    expect(await write([remove], [insert('a')], [remove], [remove])).toEqual([
      0,
      'kept',
      'kept',
      0,
    ]);
    expect(kept()).toEqual([]);
  });

  it('that take long leave later ones to another transaction', async () => {
    const clock = new ManualClock();
    database = new SqliteDatabase(clock);
    database.open(connection, 'normal', null);
    connection.function('long', () => {
      clock.advance(15);
      return 'x';
    });
    const long: Statement = { sql: 'SELECT long()', parameters: [] };
    executed = [];
    const names = ['a', 'b', 'c', 'd', 'e'];
    expect(await write(...names.map((name) => [insert(name), long]))).toEqual(
      names.map(() => 'kept'),
    );
    expect(kept()).toEqual(names);
    expect(transactions().filter((sql) => sql === 'COMMIT')).toHaveLength(3);
  });

  it('hear of a connection that is closed', async () => {
    connection.close();
    expect(await write([insert('a')], [insert('b')])).toEqual(
      Array.from({ length: 2 }, () => 'database.unavailable'),
    );
    expect(await write([insert('a')])).toEqual(['database.unavailable']);
  });
});

describe('a lone batch', () => {
  it('needs no savepoint', async () => {
    expect(await write([insert('a')])).toEqual(['kept']);
    expect(executed.filter((sql) => !sql.startsWith('PRAGMA'))).toEqual([
      'BEGIN IMMEDIATE',
      "INSERT OR ABORT INTO words VALUES ('a')",
      'COMMIT',
    ]);
  });

  it('leaves no transaction open when it fails', async () => {
    expect(await write([insert('a'), missing])).toEqual([1]);
    expect(await write([insert('a'), insert('a')])).toEqual(['SQLITE_CONSTRAINT_PRIMARYKEY']);
    expect(connection.inTransaction).toBe(false);
    expect(kept()).toEqual([]);
  });
});

describe('a transaction that cannot be ended', () => {
  it('closes the database for all that follows', async () => {
    const prepare = connection.prepare.bind(connection);
    jest.spyOn(connection, 'prepare').mockImplementation((sql: string) => {
      return prepare(sql === 'ROLLBACK' ? 'ROLLBACK TO nowhere' : sql);
    });
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    expect(await write([insert('a'), missing])).toEqual([1]);
    expect(error).toHaveBeenCalledTimes(1);
    expect(connection.open).toBe(false);
    expect(await write([insert('b')])).toEqual(['database.unavailable']);
    expect(database.findLoss()).toContain('a transaction could not be ended');
  });
});

describe('a database file', () => {
  const clock = new ManualClock();
  let folder: string;
  let file: string;
  let errors: jest.SpyInstance;

  beforeEach(() => {
    connection.close();
    folder = mkdtempSync(join(tmpdir(), 'alice-sqlite-'));
    file = join(folder, 'alice.db');
    connection = new BetterSqlite3(file);
    database = new SqliteDatabase(clock);
    database.open(connection, 'normal', new SqliteFiles(file));
    connection.exec('CREATE TABLE words (word TEXT PRIMARY KEY)');
    errors = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** What is found after another start. */
  function keptInFile(): unknown[] {
    connection.close();
    connection = new BetterSqlite3(file);
    expect(connection.pragma('integrity_check', { simple: true })).toBe('ok');
    return kept();
  }

  function expectLost(reason: RegExp): void {
    expect(database.findLoss()).toMatch(reason);
    expect(errors).toHaveBeenCalledTimes(1);
  }

  it('that is replaced while it is opened stops the start', () => {
    const files = new SqliteFiles(file);
    renameSync(file, `${file}.old`);
    new BetterSqlite3(file).close();
    expect(() => {
      new SqliteDatabase(clock).open(connection, 'normal', files);
    }).toThrow('was replaced while it was opened');
  });

  it('that another process writes to is waited for, in order, while other work goes on', async () => {
    const other = new BetterSqlite3(file);
    await write([insert('a')]);
    other.exec('BEGIN IMMEDIATE');
    const order: string[] = [];
    const writes = ['b', 'c', 'd'].map((word) =>
      write([insert(word)]).then(([outcome]) => order.push(`${word} ${String(outcome)}`)),
    );
    for (let turn = 0; turn < 10; turn += 1) await otherWork();
    expect(order).toEqual([]);
    expect(await database.read({ sql: 'SELECT word FROM words', parameters: [] })).toEqual([
      [{ word: 'a' }],
    ]);
    writes.push(write([insert('e')]).then(([outcome]) => order.push(`e ${String(outcome)}`)));
    other.exec('COMMIT');
    await Promise.all(writes);
    expect(order).toEqual(['b kept', 'c kept', 'd kept', 'e kept']);
    expect(kept()).toEqual(['a', 'b', 'c', 'd', 'e']);
    other.close();
  });

  it('that another process keeps locked for 5 s is given up, and nothing is written', async () => {
    const other = new BetterSqlite3(file);
    other.exec('BEGIN IMMEDIATE');
    const tries = jest.spyOn(connection, 'prepare');
    const given = write([insert('a')], [insert('b')]);
    await until('they found it locked', () => tries.mock.calls.length > 0);
    clock.advance(4_000);
    const later = write([insert('c')]);
    await otherWork();
    clock.advance(1_000);
    expect(await given).toEqual(['database.unavailable', 'database.unavailable']);
    other.exec('COMMIT');
    expect(await later).toEqual(['kept']);
    expect(kept()).toEqual(['c']);
    expect(database.findLoss()).toBeNull();
    other.close();
  });

  it('that cannot be read for a moment is read again, for 5 s', async () => {
    const locked = new BetterSqlite3.SqliteError('database is locked', 'SQLITE_BUSY');
    const query = { sql: 'SELECT word FROM words', parameters: [] };
    const prepare = jest.spyOn(connection, 'prepare');
    prepare.mockImplementationOnce(() => {
      throw locked;
    });
    expect(await database.read(query)).toEqual([[]]);
    prepare.mockImplementation(() => {
      throw locked;
    });
    const given = database.read({ ...query, sql: 'SELECT 1' });
    clock.advance(5_000);
    await expect(given).rejects.toMatchObject({ code: 'database.unavailable' });
  });

  it('that is removed is noticed by the next write, and without one', async () => {
    await write([insert('a')]);
    expect(database.findLoss()).toBeNull();
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix);
    expect(await write([insert('b')], [insert('c')])).toEqual([
      'database.unavailable',
      'database.unavailable',
    ]);
    expect(await write([insert('d')])).toEqual(['database.unavailable']);
    await expect(database.read({ sql: 'SELECT 1', parameters: [] })).rejects.toMatchObject({
      code: 'database.unavailable',
    });
    expectLost(/removed or replaced/);
  });

  it('whose log is removed has everything that was acknowledged, and takes no more', async () => {
    await write([insert('a')]);
    expect(database.findLoss()).toBeNull();
    rmSync(`${file}-wal`);
    expect(await write([insert('b')])).toEqual(['kept']);
    expect(await write([insert('c')])).toEqual(['database.unavailable']);
    expectLost(/log was removed/);
    expect(keptInFile()).toEqual(['a', 'b']);
  });

  it('whose log is removed has everything also when only a look finds it out', async () => {
    await write([insert('a')]);
    expect(database.findLoss()).toBeNull();
    rmSync(`${file}-wal`);
    expectLost(/log was removed/);
    expect(keptInFile()).toEqual(['a']);
  });

  it('that a backup takes the place of is what is found after another start', async () => {
    await write([insert('a')]);
    await connection.backup(join(folder, 'backup.db'));
    expect(await write([insert('b')])).toEqual(['kept']);
    renameSync(join(folder, 'backup.db'), file);
    expect(await write([insert('c')])).toEqual(['database.unavailable']);
    expectLost(/removed or replaced/);
    expect(keptInFile()).toEqual(['a']);
  });

  it('that is emptied takes no more', async () => {
    await write([insert('a')]);
    expect(database.findLoss()).toBeNull();
    truncateSync(file);
    expect(await write([insert('b')])).toEqual(['database.unavailable']);
    expectLost(/emptied/);
    rmSync(file);
  });

  it('that is damaged takes no more', async () => {
    const damaged = new BetterSqlite3.SqliteError('malformed', 'SQLITE_CORRUPT_INDEX');
    jest.spyOn(connection, 'prepare').mockImplementation(() => {
      throw damaged;
    });
    expect(await write([insert('a')])).toEqual(['database.unavailable']);
    expectLost(/damaged/);
  });
});
