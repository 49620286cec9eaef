import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import BetterSqlite3 from 'better-sqlite3';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { Caller } from '../support/caller.js';
import { databaseBytes, query, storedItems } from '../support/stored.js';
import { AliceProcess, removeFolder, workFolder } from './alice-process.js';
import { DatabaseCommand, runDatabaseCommand, type CommandResult } from './database-command.js';

const run = promisify(execFile);

let simulator: Simulator;
let folder: string;
let database: string;
let backup: string;
let services: AliceProcess[] = [];
/** A database of the service with one conversation, and that one's id. */
let made: { folder: string; id: string };

beforeAll(async () => {
  simulator = await startSimulator();
  folder = workFolder();
  database = join(folder, 'alice.db');
  const { service, caller } = await start();
  made = { folder, id: await caller.create() };
  await caller.chat(made.id, 'first');
  await service.stop();
});
afterAll(async () => {
  removeFolder(made.folder);
  await simulator.close();
});
beforeEach(() => {
  folder = workFolder();
  database = join(folder, 'alice.db');
  backup = join(folder, 'backup.db');
  services = [];
});
afterEach(async () => {
  for (const service of services) await service.stop('SIGKILL');
  removeFolder(folder);
});

async function start(): Promise<{ service: AliceProcess; caller: Caller }> {
  const variables = { OPENAI_BASE_URL: simulator.baseUrl, DATABASE_URL: `sqlite:${database}` };
  const service = new AliceProcess({ folder, variables });
  services.push(service);
  return { service, caller: new Caller(await service.url()) };
}

function command(...words: string[]): Promise<CommandResult> {
  return runDatabaseCommand(words, { DATABASE_URL: `sqlite:${database}` });
}

/** One that no service has open. */
function copyDatabase(file = database): void {
  copyFileSync(join(made.folder, 'alice.db'), file);
}

/** Writes to a database that no service has open. */
function change(file: string, sql: string): void {
  const connection = new BetterSqlite3(file);
  connection.exec(sql);
  connection.close();
}

/** Enough rows for a copy to take a while. */
function fill(file: string): void {
  const connection = new BetterSqlite3(file);
  const insert = connection.prepare('INSERT INTO nonces (hash, spent_at) VALUES (?, 1)');
  connection.transaction(() => {
    for (let row = 0; row < 40_000; row += 1) insert.run(randomBytes(32).toString('hex'));
  })();
  connection.close();
}

function countNonces(file: string): number {
  expect(query(file, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  return query<{ count: number }>(file, 'SELECT count(*) AS count FROM nonces')[0]!.count;
}

/** What is in the database, whichever way SQLite keeps its log. */
function rows(): unknown[] {
  const tables = ['conversations', 'items', 'migrations'];
  return tables.map((table) => query(database, `SELECT * FROM ${table}`));
}

function filesBeside(): string[] {
  return readdirSync(folder).sort();
}

describe('npm run backup', () => {
  it('keeps whole turns of a service under load, in a file of its own', async () => {
    const { caller } = await start();
    const ids = await Promise.all(Array.from({ length: 8 }, () => caller.create()));
    let isLoaded = true;
    const load = ids.map(async (id) => {
      let turns = 0;
      for (; isLoaded; turns += 1) {
        expect(await caller.chat(id, `turn ${turns}`)).toMatchObject({ status: 200 });
      }
      return turns;
    });
    const copies = [1, 2].map((number) => join(folder, `backup-${number}.db`));
    for (const copy of copies) {
      expect(await command('backup', copy)).toMatchObject({ code: 0 });
    }
    isLoaded = false;
    const turns = await Promise.all(load);
    expect(Math.min(...turns)).toBeGreaterThan(copies.length);
    let earlier = 0;
    for (const copy of copies) {
      expect(query(copy, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      expect(query(copy, 'PRAGMA journal_mode')).toEqual([{ journal_mode: 'delete' }]);
      expect(statSync(copy).mode & 0o777).toBe(0o600);
      const copied = ids.map((id) =>
        storedItems(copy, id).map(({ content }) => JSON.parse(content) as string),
      );
      for (const sentences of copied) {
        const expected = sentences.flatMap((_, index) =>
          index % 2 === 0 ? [`turn ${index / 2}`, `You said: turn ${index / 2}`] : [],
        );
        expect(sentences).toEqual(expected);
      }
      expect(copied.flat().length).toBeGreaterThan(earlier);
      earlier = copied.flat().length;
    }
    expect(filesBeside().filter((name) => name.startsWith('backup'))).toEqual(
      copies.map((copy) => copy.slice(folder.length + 1)),
    );
  });

  it('replaces an earlier one only when it is asked to', async () => {
    copyDatabase();
    writeFileSync(backup, 'earlier');
    const refused = await command('backup', backup);
    expect(refused).toMatchObject({
      code: 1,
      output: expect.stringMatching(/there already/) as string,
    });
    expect(readFileSync(backup, 'utf8')).toBe('earlier');
    const words = ['run', '--silent', 'backup', '--', backup, '--replace'];
    const env = { ...process.env, DATABASE_URL: `sqlite:${database}` };
    const { stdout } = await run('npm', words, { cwd: resolve('.'), env });
    expect(stdout).toContain(`backed up to ${backup}`);
    expect(query(backup, 'SELECT 1 FROM conversations')).toHaveLength(1);
    expect(filesBeside()).toEqual(['alice.db', 'backup.db']);
  });

  it('leaves everything as it was where it cannot do it, and says why', async () => {
    copyDatabase();
    const before = databaseBytes(database);
    const refusals = [
      [['backup', database, '--replace'], /is the database itself/],
      [['backup', join(folder, 'none', 'backup.db')], /no folder/],
      [['backup'], /Usage/],
      [['backup', backup, '--unknown'], /Usage/],
      [['backup', backup, 'another'], /Usage/],
    ] as const;
    for (const [words, sentence] of refusals) {
      expect(await command(...words)).toEqual({
        code: 1,
        output: expect.stringMatching(sentence) as string,
      });
    }
    expect(databaseBytes(database)).toEqual(before);
    const bytes = readFileSync(database);
    writeFileSync(database, bytes.fill(0x55, 2 * 4_096, 8 * 4_096));
    const damaged = await command('backup', backup);
    expect(damaged).toMatchObject({
      code: 1,
      output: expect.stringMatching(/damaged|malformed/) as string,
    });
    expect(filesBeside()).toEqual(['alice.db']);
  });

  it.each([
    ['backup', /pg_dump --host=db\.internal --port=5433 --username=alice .*alice_main/],
    ['restore', /pg_restore --host=db\.internal .*--dbname=alice_main/],
  ])('names the program for PostgreSQL, without the password: %s', async (name, line) => {
    const url = 'postgres://alice:p4ssw0rd@db.internal:5433/alice_main';
    const { code, output } = await runDatabaseCommand([name, backup], { DATABASE_URL: url });
    expect([code, output]).toEqual([1, expect.stringMatching(line)]);
    expect(output).not.toContain('p4ssw0rd');
  });
});

describe('npm run restore', () => {
  it('puts a backup in the place of the database, whatever its log still held', async () => {
    const { service, caller } = await start();
    const id = await caller.create();
    await caller.chat(id, 'first');
    await command('backup', backup);
    await caller.chat(id, 'second');
    await service.stop('SIGKILL');
    expect(filesBeside()).toContain('alice.db-wal');
    const { code, output } = await command('restore', backup);
    expect([code, output]).toEqual([0, expect.stringContaining(`is that of ${backup} now`)]);
    const copied = filesBeside().find((name) => name.startsWith('alice.db.until-'));
    expect(filesBeside()).toEqual(['alice.db', copied, 'backup.db']);
    expect(storedItems(join(folder, copied!), id)).toHaveLength(4);
    expect(statSync(database).mode & 0o777).toBe(0o600);
    const again = await start();
    expect(await again.caller.sentences(id)).toEqual(['first', 'You said: first']);
    expect(await again.caller.chat(id, 'and on')).toMatchObject({ status: 200 });
  });

  it('makes a database where there is none', async () => {
    copyDatabase(backup);
    database = join(folder, 'elsewhere', 'alice.db');
    expect(await command('restore', backup)).toMatchObject({ code: 0 });
    const { caller } = await start();
    expect(await caller.sentences(made.id)).toEqual(['first', 'You said: first']);
  });

  it('is refused while anybody has the database open, even idle', async () => {
    copyDatabase();
    copyDatabase(backup);
    const { service } = await start();
    const before = filesBeside();
    const refused = await command('restore', backup);
    expect(refused).toMatchObject({
      code: 1,
      output: expect.stringMatching(/is in use/) as string,
    });
    expect(filesBeside()).toEqual(before);
    expect(service.hasEnded()).toBe(false);
    expect(await service.stop()).toBe(0);
    const reader = new BetterSqlite3(database, { readonly: true });
    reader.prepare('SELECT 1 FROM nonces').all();
    expect(await command('restore', backup)).toMatchObject({ code: 1 });
    reader.close();
    expect(await command('restore', backup)).toMatchObject({ code: 0 });
  });

  it('leaves the database as it is when the backup is not one to start on', async () => {
    copyDatabase();
    copyDatabase(backup);
    const before = rows();
    const [newer, foreign, broken, text] = ['newer', 'foreign', 'broken', 'text'].map((name) =>
      join(folder, `${name}.db`),
    ) as [string, string, string, string];
    copyFileSync(backup, newer);
    change(newer, "INSERT INTO migrations (timestamp, name) VALUES (9, 'OfTomorrow9')");
    change(foreign, 'CREATE TABLE other (a)');
    copyFileSync(backup, broken);
    change(broken, 'PRAGMA foreign_keys = OFF; DELETE FROM conversations');
    writeFileSync(text, 'no database at all, but long enough to be looked at as one'.repeat(20));
    const refusals = [
      [newer, /does not know its OfTomorrow9/],
      [foreign, /not a database of this service/],
      [broken, /damaged: rows refer/],
      [text, /text\.db cannot be copied/],
      [join(folder, 'none.db'), /no backup/],
      [database, /is the database itself/],
    ] as const;
    for (const [file, sentence] of refusals) {
      expect(await command('restore', file)).toEqual({
        code: 1,
        output: expect.stringMatching(sentence) as string,
      });
    }
    expect(rows()).toEqual(before);
    expect(filesBeside().filter((name) => /until|restoring/.test(name))).toEqual([]);
  });

  it('leaves either database whole when it is killed at any moment', async () => {
    copyDatabase();
    copyDatabase(backup);
    fill(backup);
    const counts = [0, countNonces(backup)];
    const moments = [
      () => existsSync(`${database}.restoring`),
      () => existsSync(`${database}.restoring-journal`),
      () => (statSync(`${database}.restoring`, { throwIfNoEntry: false })?.size ?? 0) > 0,
      () => filesBeside().some((name) => name.includes('until')),
    ];
    const ends: unknown[] = [];
    for (const isReached of moments) {
      // What the killed one before left would be taken for the moment.
      for (const name of filesBeside())
        if (/restoring|until/.test(name)) rmSync(join(folder, name));
      const restoring = new DatabaseCommand(['restore', backup], {
        DATABASE_URL: `sqlite:${database}`,
      });
      while (!isReached() && !restoring.hasEnded()) await new Promise(setImmediate);
      restoring.kill('SIGKILL');
      ends.push((await restoring.result()).code);
      expect(counts).toContain(countNonces(database));
    }
    // The later a moment is, the more likely it passes unseen.
    expect(ends[0]).toBe('SIGKILL');
    writeFileSync(`${database}.restoring`, 'of one that was killed');
    expect(await command('restore', backup)).toMatchObject({ code: 0 });
    expect(countNonces(database)).toBe(counts[1]);
    expect(filesBeside().filter((name) => name.includes('restoring'))).toEqual([]);
  });
});
