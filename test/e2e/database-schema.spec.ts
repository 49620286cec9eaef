import { DataSource } from 'typeorm';
import { migrations } from '../../src/platform/database/migrations/index.js';
import { Caller } from '../support/caller.js';
import { startService, token, type TestService } from '../support/service.js';
import { openShare, storeShare } from '../support/shares.js';
import { query } from '../support/stored.js';
import { isOnPostgres } from '../support/test-database.js';

let service: TestService;
let dataSource: DataSource;

async function start(): Promise<void> {
  service = await startService();
  dataSource = service.app.get(DataSource);
}

afterEach(() => service.close());

function tables(): string[] {
  const sql = isOnPostgres
    ? "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    : "SELECT name FROM sqlite_master WHERE type = 'table'";
  return query<{ name: string }>(service.databaseFile, sql).map(({ name }) => name);
}

async function missingChanges(): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query: sql }) => sql);
}

describe('the schema', () => {
  it('is what the entities say: nothing is left to change', async () => {
    await start();
    expect(await missingChanges()).toEqual([]);
    expect(tables()).toEqual(
      expect.arrayContaining(['conversations', 'items', 'shares', 'nonces', 'migrations']),
    );
  });

  it('is made by migrations alone', async () => {
    await start();
    expect(dataSource.options.synchronize).toBe(false);
    expect(await dataSource.showMigrations()).toBe(false);
  });

  it('can be taken down and put up again', async () => {
    await start();
    for (let left = dataSource.migrations.length; left > 0; left -= 1) {
      await dataSource.undoLastMigration();
    }
    expect(tables().filter((name) => name !== 'migrations' && name !== 'sqlite_sequence')).toEqual(
      [],
    );
    const applied = await dataSource.runMigrations();
    expect(applied).toHaveLength(dataSource.migrations.length);
    expect(await missingChanges()).toEqual([]);
    const caller = new Caller(service.url);
    const id = await caller.create();
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200 });
    expect(await caller.sentences(id)).toEqual(['hello', 'You said: hello']);
  });

  it('keeps what was said when it moves from its first form to the last', async () => {
    await start();
    const caller = new Caller(service.url);
    const id = await caller.create();
    await caller.chat(id, 'hello');
    await caller.chat(id, 'again');
    for (let left = dataSource.migrations.length; left > 1; left -= 1) {
      await dataSource.undoLastMigration();
    }
    await dataSource.runMigrations();
    expect(await caller.sentences(id)).toEqual([
      'hello',
      'You said: hello',
      'again',
      'You said: again',
    ]);
  });

  it('keeps what shares show when it moves to the form before, but for what has a password', async () => {
    service = await startService({ SHARE_PROMPT: 'true' });
    dataSource = service.app.get(DataSource);
    const caller = new Caller(service.url);
    const prompt = 'Be \0 kind.';
    const id = await caller.create(prompt);
    await caller.chat(id, 'hello');
    const shares: string[] = [];
    for (let count = 0; count < 3; count += 1) shares.push(await storeShare(caller, id));
    const locked = await storeShare(caller, id, { password: 'secret12' });
    const since = migrations.findIndex(({ name }) => name.startsWith('SharesByTheirSpeakers'));
    for (let left = dataSource.migrations.length; left > since; left -= 1) {
      await dataSource.undoLastMigration();
    }
    await dataSource.runMigrations();
    for (const share of shares) {
      const { text } = await openShare(service.url, share);
      expect(JSON.parse(text)).toEqual({
        ...{ Id: share, Prompt: prompt, SentenceList: ['hello', 'You said: hello'] },
      });
    }
    expect((await openShare(service.url, locked)).status).toBe(404);
  });

  it('may grow beside a running service, which goes on as before', async () => {
    await start();
    const caller = new Caller(service.url);
    const id = await caller.create();
    await caller.chat(id, 'hello');
    for (const { tableName } of dataSource.entityMetadatas) {
      await dataSource.query(`ALTER TABLE ${tableName} ADD COLUMN later varchar`);
      await dataSource.query(`CREATE INDEX ${tableName}_later ON ${tableName} (later)`);
    }
    expect(await caller.chat(id, 'again')).toMatchObject({ status: 200 });
    expect(await caller.post('regenerate', '', { conversation: id })).toMatchObject({
      status: 200,
    });
    expect(await caller.post('store', '', { conversation: id })).toMatchObject({ status: 200 });
    expect(await caller.sentences(id)).toHaveLength(4);
    expect(await caller.chat(await caller.create(), 'hello')).toMatchObject({ status: 200 });
    const response = await fetch(`${service.url}/v1/responses`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': 'once',
      },
      body: JSON.stringify({ model: 'gpt-6-luna', input: 'hello' }),
    });
    expect(response.status).toBe(200);
  });

  it('takes a conversation away together with its items', async () => {
    await start();
    const caller = new Caller(service.url);
    const id = await caller.create();
    await caller.chat(id, 'hello');
    await caller.post('finish', '', { conversation: id });
    expect(query(service.databaseFile, 'SELECT * FROM items')).toEqual([]);
  });

  it('refuses two items at one position of a conversation', async () => {
    await start();
    const caller = new Caller(service.url);
    const id = await caller.create();
    await caller.chat(id, 'hello');
    const copy = `INSERT INTO items (id, conversation_id, turn, position, kind, role, content, created_at)
      SELECT 'item_copy', conversation_id, turn, position, kind, role, content, created_at FROM items LIMIT 1`;
    await expect(dataSource.query(copy)).rejects.toMatchObject({
      code: isOnPostgres ? '23505' : 'SQLITE_CONSTRAINT_PRIMARYKEY',
    });
  });
});
