import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { AbstractLogger, type DataSource, type LogLevel, type LogMessage } from 'typeorm';
import { SystemClock } from '../../src/platform/time/clock.js';
import { readSettings } from '../../src/config/read-settings.js';
import { databaseFor, dataSourceOptions } from '../../src/platform/database/data-source.options.js';
import { entities } from '../../src/entities.js';
import { openDataSource } from '../../src/platform/database/open-data-source.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alice-migrations-'));
  file = join(folder, 'alice.db');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Hears of every statement before it runs. */
class Listener extends AbstractLogger {
  constructor(private readonly heard: (sql: string) => void) {
    super(['query']);
  }

  protected override writeLog(_level: LogLevel, messages: LogMessage | LogMessage[]): void {
    for (const { type, message } of Array.isArray(messages) ? messages : [messages]) {
      if (type === 'query') this.heard(String(message));
    }
  }
}

async function open(heard: (sql: string) => void): Promise<DataSource> {
  const { database } = readSettings({ DATABASE_URL: `sqlite:${file}` });
  const options = await dataSourceOptions(
    database,
    databaseFor(database, new SystemClock()),
    entities,
  );
  return openDataSource({ ...options, logger: new Listener(heard), logging: ['query'] });
}

describe('a process that starts while another one upgrades the file', () => {
  it('waits, and finds the migrations done', async () => {
    const statements: string[] = [];
    const first = await open((sql) => statements.push(sql));
    await first.destroy();
    const made = statements.filter((sql) => /^CREATE .*"idempotency_records/.test(sql));
    expect(made).toHaveLength(3);

    const other = new BetterSqlite3(file);
    const mark = other
      .prepare("DELETE FROM migrations WHERE name LIKE 'Idempotency%' RETURNING timestamp, name")
      .get();
    other.exec('DROP TABLE idempotency_records; BEGIN IMMEDIATE');
    let second: Promise<DataSource> | undefined;
    await new Promise<void>((waits) => {
      second = open((sql) => {
        if (sql.startsWith('BEGIN')) waits();
      });
    });
    other.exec(made.join(';'));
    other.prepare('INSERT INTO migrations (timestamp, name) VALUES (@timestamp, @name)').run(mark);
    other.exec('COMMIT');
    other.close();
    const dataSource = await second;
    expect(await dataSource?.showMigrations()).toBe(false);
    await dataSource?.destroy();
  });
});
