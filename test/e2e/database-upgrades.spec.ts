import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { SystemClock } from '../../src/platform/time/clock.js';
import { readSettings } from '../../src/config/read-settings.js';
import { databaseFor, dataSourceOptions } from '../../src/platform/database/data-source.options.js';
import { migrations } from '../../src/platform/database/migrations/index.js';
import { entities } from '../../src/entities.js';
import { openDataSource } from '../../src/platform/database/open-data-source.js';
import { createEmptyPostgresDatabase, dropPostgresDatabase } from '../support/postgres-database.js';
import { isOnPostgres } from '../support/test-database.js';

/** One file for each schema that a merged commit has made, with some rows. */
const states = 'test/databases';
const suffix = isOnPostgres ? '.postgres.sql' : '.sqlite.sql';
const files = readdirSync(states).filter((name) => name.endsWith(suffix));

type Rows = Record<string, unknown>[];

let folder: string;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'alice-upgrades-'));
  url = isOnPostgres ? await createEmptyPostgresDatabase() : `sqlite:${join(folder, 'alice.db')}`;
});
afterEach(async () => {
  if (isOnPostgres) await dropPostgresDatabase(url);
  rmSync(folder, { recursive: true, force: true });
});

/** Runs SQL on the database without the service. */
async function run(sql: string): Promise<void> {
  if (isOnPostgres) {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
    return;
  }
  const connection = new BetterSqlite3(url.slice('sqlite:'.length));
  try {
    connection.exec(sql);
  } finally {
    connection.close();
  }
}

async function open(): Promise<DataSource> {
  const { database } = readSettings({ DATABASE_URL: url });
  return openDataSource(
    await dataSourceOptions(database, databaseFor(database, new SystemClock()), entities),
  );
}

/** What its INSERT statements say: table, columns and values, as often as there are such rows. */
function insertsOf(sql: string): { table: string; columns: string; values: string }[] {
  const insert = /^INSERT INTO (?!migrations )(\w+) \(([^)]*)\) VALUES \((.*?)\);$/gms;
  return [...sql.matchAll(insert)].map(([, table, columns, values]) => ({
    table: table!,
    columns: columns!,
    values: values!,
  }));
}

async function applied(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations');
  return rows.map(({ name }) => name).sort();
}

const everyName = migrations.map(({ name }) => name).sort();

describe('a database of every version that was merged', () => {
  it('is there to be tried', () => {
    expect(files.length).toBeGreaterThanOrEqual(9);
  });

  it.each(files)('is upgraded to what the entities say, and keeps its rows: %s', async (file) => {
    const sql = readFileSync(join(states, file), 'utf8');
    const inserts = insertsOf(sql);
    expect(inserts.length).toBeGreaterThanOrEqual(8);
    await run(sql);
    const dataSource = await open();
    try {
      expect(await applied(dataSource)).toEqual(everyName);
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
      for (const { table, columns, values } of inserts) {
        const condition = `(${columns}) IS NOT DISTINCT FROM (${values})`;
        const rows = await dataSource.query<Rows>(`SELECT 1 FROM ${table} WHERE ${condition}`);
        expect([table, values, rows.length]).toEqual([table, values, 1]);
      }
    } finally {
      await dataSource.destroy();
    }
  });
});

describe('items of before they were kept in the Responses form', () => {
  const conversation = 'conv_0000000000000000000001';
  const call = { callId: 'call_1', name: 'f', arguments: '{}' };
  const image = { type: 'image', url: 'https://example.com/a.png', detail: 'low' };
  /** As they were kept, and as they are. */
  const kept: [kind: string, role: string, before: unknown, after: unknown][] = [
    ['message', 'user', 'one text', 'one text'],
    [
      'message',
      'user',
      [{ type: 'text', text: 'See' }, image],
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'See' },
          { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' },
        ],
      },
    ],
    [
      'message',
      'assistant',
      [
        { type: 'text', text: 'a' },
        { type: 'refusal', text: 'No.' },
      ],
      {
        type: 'message',
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'a', annotations: [], logprobs: [] },
          { type: 'refusal', refusal: 'No.' },
        ],
      },
    ],
    [
      'function_call',
      'assistant',
      call,
      { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' },
    ],
    [
      'function_call_output',
      'tool',
      { callId: 'call_1', output: 'ok' },
      {
        type: 'function_call_output',
        call_id: 'call_1',
        output: 'ok',
      },
    ],
    [
      'reasoning',
      'assistant',
      { summary: ['s'], text: ['t'], encrypted: 'AAAA' },
      {
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: 's' }],
        content: [{ type: 'reasoning_text', text: 't' }],
        encrypted_content: 'AAAA',
      },
    ],
  ];

  it('are in it afterwards, in conversations and as what responses were asked with', async () => {
    await run(readFileSync(join(states, files.at(-1)!), 'utf8'));
    const quoted = (value: unknown) => `'${JSON.stringify(value).replaceAll("'", "''")}'`;
    const rows = kept.map(
      ([kind, role, before], index) =>
        `('item_9${index}', '${conversation}', 2, ${index + 10}, '${kind}', '${role}', ${quoted(before)}, 1)`,
    );
    await run(`INSERT INTO items (id, conversation_id, turn, position, kind, role, content, created_at)
      VALUES ${rows.join(', ')}`);
    const input = kept.map(([kind, role, before], index) => ({
      id: `item_${index}`,
      kind,
      role,
      content: JSON.stringify(before),
      status: null,
    }));
    await run(`UPDATE responses SET input = ${quoted(input)}`);
    const dataSource = await open();
    try {
      const items = await dataSource.query<{ content: string }[]>(
        "SELECT content FROM items WHERE id LIKE 'item_9_' ORDER BY position",
      );
      const after = kept.map(([, , , item]) => item);
      expect(items.map(({ content }) => JSON.parse(content) as unknown)).toEqual(after);
      const [response] = await dataSource.query<{ input: string }[]>('SELECT input FROM responses');
      const asked = JSON.parse(response!.input) as { content: string }[];
      expect(asked.map(({ content }) => JSON.parse(content) as unknown)).toEqual(after);
      const since = everyName.length - everyName.indexOf('ItemsInResponsesForm1795800000000');
      for (let left = since; left > 0; left -= 1) await dataSource.undoLastMigration();
      const again = await dataSource.query<{ content: string }[]>(
        "SELECT content FROM items WHERE id LIKE 'item_9_' ORDER BY position",
      );
      expect(again.map(({ content }) => JSON.parse(content) as unknown)).toEqual(
        kept.map(([, , before]) => before),
      );
    } finally {
      await dataSource.destroy();
    }
  });
});

describe('a database of a newer version', () => {
  it('is refused with a sentence, and left as it was', async () => {
    const dataSource = await open();
    await dataSource.destroy();
    await run("INSERT INTO migrations (timestamp, name) VALUES (4102444800000, 'FromTomorrow')");
    await run(
      "DELETE FROM migrations WHERE name LIKE 'Idempotency%'; DROP TABLE idempotency_records",
    );
    await expect(open()).rejects.toThrow(/newer version.*FromTomorrow.*backup/);
    // By its message: an error of the driver is of the test file that loaded it first.
    const message = expect.stringContaining('idempotency_records') as string;
    await expect(run('SELECT 1 FROM idempotency_records')).rejects.toMatchObject({ message });
  });
});

describe('processes that start together on an old database', () => {
  it('upgrade it once, and all of them start', async () => {
    await run(readFileSync(join(states, files[0]!), 'utf8'));
    const dataSources = await Promise.all([open(), open(), open()]);
    for (const dataSource of dataSources) {
      expect(await applied(dataSource)).toEqual(everyName);
      await dataSource.destroy();
    }
  });
});

describe('merged migrations', () => {
  it('are never edited, only added: sha256sum src/platform/database/migrations/17* says what is new', () => {
    const names = readdirSync('src/platform/database/migrations').filter(
      (name) => name !== 'index.ts',
    );
    const lines = names.map((name) => {
      const path = `src/platform/database/migrations/${name}`;
      return `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${path}\n`;
    });
    expect(lines.join('')).toBe(readFileSync(join(states, 'migrations.sha256'), 'utf8'));
  });
});
