import { randomBytes } from 'node:crypto';
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
import { createEmptyPostgresDatabase, dropPostgresDatabase } from '../support/postgres-database.js';
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

/** A source with rows for a while beside the others. */
function makeLarge(): string {
  const large = join(folder, 'large.db');
  copyFileSync(source, large);
  const connection = new BetterSqlite3(large);
  const insert = connection.prepare('INSERT INTO nonces (hash, spent_at) VALUES (?, 1)');
  connection.transaction(() => {
    for (let row = 0; row < 60_000; row += 1) insert.run(randomBytes(32).toString('hex'));
  })();
  connection.close();
  return large;
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
    await dropPostgresDatabase(target);
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

  it('leaves nothing behind when it is killed, and can be begun again', async () => {
    const moving = new DatabaseCommand(['move', '--from', `sqlite:${makeLarge()}`], {
      DATABASE_URL: target,
    });
    const sessions = `FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    await until('it inserts', () => {
      return query(target, `SELECT 1 ${sessions} AND query LIKE 'INSERT INTO nonces%'`).length > 0;
    });
    moving.kill('SIGKILL');
    expect(await moving.result()).toMatchObject({ code: 'SIGKILL' });
    await until('its session is over', () => query(target, `SELECT 1 ${sessions}`).length === 0);
    expect(Object.values(allRows(target)).flat()).toEqual([]);
  });

  it('moves every row, after which a service on the target answers the same', async () => {
    const rows = allRows(source);
    const other = new Client({ connectionString: target });
    await other.connect();
    await other.query('BEGIN; LOCK TABLE shares IN ROW EXCLUSIVE MODE');
    const moving = move();
    await until('it waits for who writes', () => {
      return (
        query(target, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted").length > 0
      );
    });
    const started = start(target);
    await until('a service waits for it', () => {
      return (
        query(target, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").length >
        0
      );
    });
    await other.query('COMMIT');
    await other.end();
    const { code, output } = await moving;
    expect([code, output]).toEqual([0, expect.stringContaining('conversations 3')]);
    const url = await started;
    expect(await answers(url, made)).toEqual(before);
    // What the service has written since is its own.
    const moved = allRows(target);
    for (const [table, expected] of Object.entries(rows)) {
      if (['nonces', 'api_keys'].includes(table)) {
        expect(moved[table]!.length).toBeGreaterThanOrEqual(expected.length);
      } else expect({ table, rows: moved[table] }).toEqual({ table, rows: expected });
    }
    const again = await post(url, '/chatgpt/store', '', { conversation: made.chat });
    expect(again.status).toBe(200);
    expect(query(target, 'SELECT max(sequence) AS last FROM shares')).toEqual([{ last: 2 }]);
    expect((await post(url, '/chatgpt/chat', 'on', { conversation: made.chat })).status).toBe(200);
    for (const service of services) expect(await service.stop()).toBe(0);
  });

  it('refuses a target that has rows, and leaves those', async () => {
    const kept = allRows(target);
    expect(await move()).toEqual({
      code: 1,
      output: expect.stringMatching(/target is not empty/) as string,
    });
    expect(allRows(target)).toEqual(kept);
  });
});
