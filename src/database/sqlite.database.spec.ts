import { Logger } from '@nestjs/common';
import BetterSqlite3 from 'better-sqlite3';
import { SystemClock } from '../common/time/clock.js';
import type { Statement } from './database.js';
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
  database.open(connection, 'normal');
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
    expect(executed).toEqual([
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
  });
});
