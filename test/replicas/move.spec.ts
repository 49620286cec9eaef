import { createHash } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { Client } from 'pg';
import { entities } from '../../src/entities.js';
import { fromStoredText } from '../../src/platform/database/postgres-sql.js';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { nonceHeaders } from '../factories/nonce-headers.js';
import { AliceProcess, removeFolder, workFolder } from '../process/alice-process.js';
import {
  DatabaseCommand,
  runDatabaseCommand,
  type CommandResult,
} from '../process/database-command.js';
import { adminVariables, Operator } from '../support/admin.js';
import {
  createEmptyPostgresDatabase,
  createPostgresDatabase,
  dropPostgresDatabase,
  endSessions,
} from '../support/postgres-database.js';
import { isPostgres, query } from '../support/stored.js';
import { until } from '../support/until.js';

const key = 'sk-stored-0123456789-ABCD';
const idempotent = { 'idempotency-key': 'moved-1' };
/** Every character that the two databases do not keep alike, and some that both do. */
const oddText = 'a\u0000b\u001a0c\u001a1 "\\" 你好 👋';

let simulator: Simulator;
let folder: string;
let source: string;
let target: string;
let services: AliceProcess[] = [];
/** Of moves that were held. */
const targets: string[] = [];

async function start(databaseUrl: string): Promise<string> {
  const service = new AliceProcess({
    folder,
    variables: {
      OPENAI_API_KEYS: undefined,
      OPENAI_BASE_URL: simulator.baseUrl,
      DATABASE_URL: databaseUrl,
      AUTH_MODE: 'normal',
      ...adminVariables,
    },
  });
  services.push(service);
  return service.url();
}

/** With a uuid of its own unless headers have one. */
async function post(url: string, path: string, body: string | object, headers = {}) {
  const isText = typeof body === 'string';
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      ...nonceHeaders(),
      ...(isText ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: isText ? body : JSON.stringify(body),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function get(url: string, path: string): Promise<[number, string]> {
  const response = await fetch(`${url}${path}`, { headers: nonceHeaders() });
  return [response.status, await response.text()];
}

/** Something of every kind; what is asked for afterwards. */
interface Made {
  chat: string;
  rolePlay: string;
  share: string;
  conversation: string;
  response: string;
  spent: { uuid: string; token: string };
}

async function makeEverything(url: string): Promise<Made> {
  await new Operator({ url }).add(key, 'the first');
  const chat = (await post(url, '/chatgpt/createTurbo', oddText)).text;
  await post(url, '/chatgpt/chat', oddText, { conversation: chat });
  await post(url, '/chatgpt/chat', 'second', { conversation: chat });
  const names = { human_name: 'A', ai_name: 'B', stream: true };
  const rolePlay = await post(url, '/chatgpt/createRolePlay', names);
  expect(rolePlay.status).toBe(200);
  const stored = await post(url, '/chatgpt/store', '', { conversation: chat });
  const conversation = JSON.parse(
    (await post(url, '/v1/conversations', { metadata: { topic: oddText.replaceAll('\0', '') } }))
      .text,
  ) as { id: string };
  const input = { model: 'any', input: 'hello', conversation: conversation.id };
  const response = await post(url, '/v1/responses', input, idempotent);
  expect(response.status).toBe(200);
  const spent = nonceHeaders();
  expect((await post(url, '/chatgpt/quickAnswer', { question: 'hello' }, spent)).status).toBe(200);
  return {
    chat,
    rolePlay: rolePlay.text,
    share: stored.headers.get('share') ?? '',
    conversation: conversation.id,
    response: (JSON.parse(response.text) as { id: string }).id,
    spent,
  };
}

/** What a service says of it. */
async function answers(url: string, made: Made): Promise<unknown[]> {
  const input = { model: 'any', input: 'hello', conversation: made.conversation };
  const posts = [
    await post(url, '/chatgpt/contextArray', '', { conversation: made.chat }),
    await post(url, '/chatgpt/context', '', { conversation: made.rolePlay }),
    await post(url, '/v1/responses', input, idempotent),
    await post(url, '/chatgpt/context', '', { conversation: made.chat, ...made.spent }),
  ];
  return [
    ...posts.map(({ status, text }) => [status, text]),
    await get(url, `/chatgpt/share/${made.share}`),
    await get(url, `/v1/conversations/${made.conversation}`),
    await get(url, `/v1/conversations/${made.conversation}/items`),
    await get(url, `/v1/responses/${made.response}`),
    (await new Operator({ url }).list()).map(({ id, label, lastFour, state }) => {
      return { id, label, lastFour, state };
    }),
  ];
}

/** All rows of a table as both databases have them, in any order. */
function rowsOf(database: string, table: string): string[] {
  const rows = query<Record<string, string | number | boolean | null>>(
    database,
    `SELECT * FROM ${table}`,
  );
  return rows
    .map((row) => {
      const values = Object.entries(row).map(([name, value]) => {
        const plain = typeof value === 'boolean' ? Number(value) : value;
        const text = plain === null ? null : String(plain);
        return [name, text !== null && isPostgres(database) ? fromStoredText(text) : text];
      });
      return JSON.stringify(values.sort());
    })
    .sort();
}

/** Those of the service, as the source has them. */
function tables(): string[] {
  const sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
  const names = query<{ name: string }>(source, sql).map(({ name }) => name);
  return names.filter((name) => name !== 'migrations');
}

function allRows(database: string): Record<string, string[]> {
  return Object.fromEntries(tables().map((table) => [table, rowsOf(database, table)]));
}

function move(from = `sqlite:${source}`, to = target): Promise<CommandResult> {
  return runDatabaseCommand(['move', '--from', from], { DATABASE_URL: to });
}

const largeRows = 5_000;
/** In the middle of the third batch. */
const heldRow = 2_500;

function hashOf(row: number): string {
  return createHash('sha256').update(String(row)).digest('hex');
}

/** A source with several batches of nonces, which are moved before the keys. */
function makeLarge(): string {
  const large = join(folder, 'large.db');
  copyFileSync(source, large);
  inSource(large, 'DELETE FROM nonces');
  const connection = new BetterSqlite3(large);
  const insert = connection.prepare('INSERT INTO nonces (hash, spent_at) VALUES (?, 1)');
  connection.transaction(() => {
    for (let row = 1; row <= largeRows; row += 1) insert.run(hashOf(row));
  })();
  connection.close();
  return large;
}

function inSource(file: string, sql: string): void {
  const connection = new BetterSqlite3(file);
  connection.exec(sql);
  connection.close();
}

/** How many nonces a move into a database has come to; null when no move is unfinished there. */
function progressIn(database: string): number | null {
  const [found] = query(database, "SELECT 1 WHERE to_regclass('unfinished_move') IS NOT NULL");
  if (found === undefined) return null;
  const sql = "SELECT rows FROM unfinished_move WHERE name = 'nonces'";
  return Number(query<{ rows: string }>(database, sql)[0]?.rows);
}

function advisoryLocks(database: string, isGranted: boolean): number {
  const sql = `SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE datname = current_database() AND locktype = 'advisory' AND granted = ?`;
  return query(database, sql, isGranted).length;
}

/** A move into a database of its own that cannot go on from its third batch of nonces. */
class HeldMove {
  private readonly holder: Client;

  private constructor(
    readonly source: string,
    readonly target: string,
    readonly command: DatabaseCommand,
    holder: Client,
  ) {
    this.holder = holder;
  }

  static async start(): Promise<HeldMove> {
    const large = makeLarge();
    const target = await createPostgresDatabase();
    targets.push(target);
    const holder = new Client({ connectionString: target });
    // Its end with the others is no failure of the test.
    holder.on('error', () => undefined);
    await holder.connect();
    // Who inserts the same key waits until it is known what becomes of this one.
    await holder.query('BEGIN');
    await holder.query('INSERT INTO nonces VALUES ($1, 1)', [hashOf(heldRow)]);
    const command = new DatabaseCommand(['move', '--from', `sqlite:${large}`], {
      DATABASE_URL: target,
    });
    await until('it waits in the middle of the nonces', () => progressIn(target) === 2_000);
    return new HeldMove(large, target, command, holder);
  }

  async letGo(): Promise<void> {
    await this.holder.query('ROLLBACK');
    await this.holder.end();
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.command.kill(signal);
    expect(await this.command.result()).toMatchObject({ code: signal });
    await this.letGo();
    await until('the server is done with it', () => advisoryLocks(this.target, true) === 0);
  }

  again(from = this.source): Promise<CommandResult> {
    return move(`sqlite:${from}`, this.target);
  }

  /** The server may have finished the one that was on its way. */
  expectWholeBatches(): void {
    const rows = query(this.target, 'SELECT 1 FROM nonces').length;
    expect([2_000, 3_000]).toContain(rows);
    expect(progressIn(this.target)).toBe(rows);
  }

  expectFinished(): void {
    expect(allRows(this.target)).toEqual(allRows(this.source));
    expect(progressIn(this.target)).toBeNull();
  }
}

describe('npm run move', () => {
  let made: Made;
  let before: unknown[];

  beforeAll(async () => {
    simulator = await startSimulator();
    folder = workFolder();
    source = join(folder, 'alice.db');
    target = await createEmptyPostgresDatabase();
    const url = await start(`sqlite:${source}`);
    made = await makeEverything(url);
    before = await answers(url, made);
  });
  afterAll(async () => {
    for (const service of services) await service.stop('SIGKILL');
    for (const database of [target, ...targets]) await dropPostgresDatabase(database);
    await simulator.close();
    removeFolder(folder);
  });

  it('is refused while a service runs on the source', async () => {
    expect(await move()).toEqual({ code: 1, output: expect.stringMatching(/is in use/) as string });
    for (const service of services) expect(await service.stop()).toBe(0);
    services = [];
  });

  it('has rows of every table to move here, and knows every table', () => {
    const rows = allRows(source);
    expect(Object.keys(rows).filter((table) => rows[table]!.length === 0)).toEqual([]);
    expect(Object.keys(rows)).toHaveLength(entities.length);
  });

  it('refuses what it cannot do, in a sentence without a password', async () => {
    const old = join(folder, 'old.db');
    copyFileSync(source, old);
    const connection = new BetterSqlite3(old);
    connection.exec('DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations)');
    connection.close();
    const postgres = 'postgres://alice:p4ssw0rd@127.0.0.1:1/none';
    const refusals = [
      [move('mysql://root:p4ssw0rd@host/db'), /SQLite to PostgreSQL only/],
      [move(postgres), /SQLite to PostgreSQL only/],
      [move(`sqlite:${source}`, `sqlite:${old}`), /SQLite to PostgreSQL only/],
      [move(`sqlite:${source}`, ''), /SQLite to PostgreSQL only/],
      [move(`sqlite:${join(folder, 'none.db')}`), /no database/],
      [move(`sqlite:${old}`), /earlier version/],
      [move(`sqlite:${source}`, postgres), /ECONNREFUSED/],
      [runDatabaseCommand(['move'], {}), /Usage/],
    ] as const;
    for (const [refused, sentence] of refusals) {
      const { code, output } = await refused;
      expect([code, output]).toEqual([1, expect.stringMatching(sentence)]);
      expect(output).not.toContain('p4ssw0rd');
    }
  });

  it('moves every row, after which a service on the target answers the same', async () => {
    const rows = allRows(source);
    const { code, output } = await move();
    expect([code, output]).toEqual([0, expect.stringContaining('conversations 3')]);
    expect(allRows(target)).toEqual(rows);
    expect(progressIn(target)).toBeNull();
    const url = await start(target);
    expect(await answers(url, made)).toEqual(before);
    const again = await post(url, '/chatgpt/store', '', { conversation: made.chat });
    expect(again.status).toBe(200);
    expect(query(target, 'SELECT max(sequence) AS last FROM shares')).toEqual([{ last: 2 }]);
    expect((await post(url, '/chatgpt/chat', 'on', { conversation: made.chat })).status).toBe(200);
    for (const service of services) expect(await service.stop()).toBe(0);
    services = [];
  });

  it('refuses a target that has rows, and leaves those', async () => {
    const moved = allRows(target);
    expect(await move()).toEqual({
      code: 1,
      output: expect.stringMatching(/target is not empty/) as string,
    });
    expect(allRows(target)).toEqual(moved);
  });

  it.each(['SIGKILL', 'SIGINT'] as const)('goes on where %s ended it', async (signal) => {
    const held = await HeldMove.start();
    await held.kill(signal);
    held.expectWholeBatches();
    const { code, output } = await held.again();
    expect([code, output]).toEqual([0, expect.stringMatching(/an unfinished move with \d+ rows/)]);
    held.expectFinished();
  });

  it('goes on after the target was lost in the middle of a batch', async () => {
    const held = await HeldMove.start();
    await endSessions(held.target);
    const { code, output } = await held.command.result();
    expect([code, output]).toEqual([1, expect.stringMatching(/broken off.*goes on with it/)]);
    held.expectWholeBatches();
    expect(await held.again()).toMatchObject({ code: 0 });
    held.expectFinished();
  });

  it('bars services and other moves while it runs, and services until it is finished', async () => {
    const held = await HeldMove.start();
    const refusal = /A move into this database is not finished/;
    await expect(start(held.target)).rejects.toThrow(refusal);
    const other = await move(`sqlite:${source}`, held.target);
    expect([other.code, other.output]).toEqual([1, expect.stringMatching(/Another move.*running/)]);
    await held.kill('SIGKILL');
    await expect(start(held.target)).rejects.toThrow(refusal);
    expect(await held.again()).toMatchObject({ code: 0 });
    expect(await start(held.target)).toMatch(/^http/);
    for (const service of services) await service.stop();
    services = [];
  });

  it('refuses to go on with another source, or the same that has changed', async () => {
    const held = await HeldMove.start();
    await held.kill('SIGKILL');
    const rows = allRows(held.target);
    const changes = [
      "UPDATE conversations SET prompt = prompt || '.'",
      `DELETE FROM nonces WHERE hash = '${hashOf(1)}'`,
      'DELETE FROM nonces WHERE rowid >= 2000',
    ];
    const changed = changes.map((sql, index) => {
      const file = join(folder, `changed-${index}.db`);
      copyFileSync(held.source, file);
      inSource(file, sql);
      return file;
    });
    for (const file of [source, ...changed]) {
      const { code, output } = await held.again(file);
      expect([code, output]).toEqual([1, expect.stringMatching(/of another database, or of this/)]);
    }
    expect(allRows(held.target)).toEqual(rows);
    inSource(held.source, `INSERT INTO nonces (hash, spent_at) VALUES ('came-since', 1)`);
    expect(await held.again()).toMatchObject({ code: 0 });
    held.expectFinished();
  });

  it('does not end while the target has rows of somebody else', async () => {
    const held = await HeldMove.start();
    await held.kill('SIGKILL');
    query(held.target, "INSERT INTO nonces VALUES ('not-moved', 1)");
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const { code, output } = await held.again();
      expect([code, output]).toEqual([
        1,
        expect.stringMatching(/Somebody else has written.*nonces/),
      ]);
    }
    query(held.target, "DELETE FROM nonces WHERE hash = 'not-moved'");
    expect(await held.again()).toMatchObject({ code: 0 });
    held.expectFinished();
  });

  it('refuses to go on with what an earlier version began', async () => {
    const held = await HeldMove.start();
    await held.kill('SIGKILL');
    query(held.target, 'DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations)');
    const { code, output } = await held.again();
    expect([code, output]).toEqual([1, expect.stringMatching(/move of an earlier version/)]);
  });

  it('waits at its end for who writes, and a service for the end', async () => {
    const held = await HeldMove.start();
    const writer = new Client({ connectionString: held.target });
    await writer.connect();
    await writer.query('BEGIN; LOCK TABLE shares IN ROW EXCLUSIVE MODE');
    await held.letGo();
    await until('it waits for the writer', () => advisoryLocks(held.target, true) === 2);
    const started = start(held.target);
    await until('a service waits for it', () => advisoryLocks(held.target, false) === 1);
    await writer.query('COMMIT');
    await writer.end();
    expect(await held.command.result()).toMatchObject({ code: 0 });
    expect(await started).toMatch(/^http/);
    for (const service of services) await service.stop();
    services = [];
  });
});
