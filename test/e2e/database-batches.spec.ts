import type BetterSqlite3 from 'better-sqlite3';
import { DataSource } from 'typeorm';
import { NoncesRepository } from '../../src/auth/nonces.repository.js';
import { defaultCaller } from '../../src/auth/caller.js';
import { TurnClaimsRepository } from '../../src/conversations/turn-claims.repository.js';
import { Database, type Statement } from '../../src/platform/database/database.js';
import { query, storedClaim } from '../support/stored.js';
import { isOnPostgres } from '../support/test-database.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService();
let database: Database;

beforeAll(() => {
  database = service.app.get(Database);
});

function spendStatement(hash: string): Statement {
  return { sql: 'INSERT INTO nonces (hash, spent_at) VALUES (?, 1)', parameters: [hash] };
}

/** Hits no row, where one was expected. */
const missing: Statement = {
  sql: "UPDATE conversations SET prompt = 'lost' WHERE id = ?",
  parameters: ['conv_that_does_not_exist'],
  expectedRows: 1,
};

function isSpent(hash: string): boolean {
  return query(service.databaseFile, 'SELECT 1 FROM nonces WHERE hash = ?', hash).length > 0;
}

describe('a write batch', () => {
  it('takes effect as a whole and tells what each statement did', async () => {
    const outcome = await database.write([
      spendStatement('whole-1'),
      { ...spendStatement('whole-2'), expectedRows: 1 },
      { sql: 'SELECT hash FROM nonces WHERE hash LIKE ?', parameters: ['whole-%'] },
    ]);
    expect(outcome).toMatchObject({
      committed: true,
      results: [{ affected: 1 }, { affected: 1 }, { affected: 2 }],
    });
    expect([isSpent('whole-1'), isSpent('whole-2')]).toEqual([true, true]);
  });

  it('leaves nothing when a later statement misses its expected rows', async () => {
    const outcome = await database.write([
      spendStatement('missed-1'),
      missing,
      spendStatement('missed-2'),
    ]);
    expect(outcome).toEqual({ committed: false, missedStatement: 1 });
    expect([isSpent('missed-1'), isSpent('missed-2')]).toEqual([false, false]);
  });

  it('leaves nothing when a statement hits more rows than expected', async () => {
    await database.write([spendStatement('more-1'), spendStatement('more-2')]);
    const outcome = await database.write([
      { sql: 'DELETE FROM nonces WHERE hash LIKE ?', parameters: ['more-%'], expectedRows: 1 },
    ]);
    expect(outcome).toEqual({ committed: false, missedStatement: 0 });
    expect([isSpent('more-1'), isSpent('more-2')]).toEqual([true, true]);
  });

  it('leaves nothing when a statement throws, and the next batch works', async () => {
    await expect(
      database.write([spendStatement('thrown-1'), spendStatement('thrown-1')]),
    ).rejects.toMatchObject({ code: isOnPostgres ? '23505' : 'SQLITE_CONSTRAINT_PRIMARYKEY' });
    expect(isSpent('thrown-1')).toBe(false);
    expect(await database.write([spendStatement('thrown-1')])).toMatchObject({ committed: true });
    expect(isSpent('thrown-1')).toBe(true);
  });

  it('keeps a claim and a nonce that are interleaved with a failing batch', async () => {
    const nonces = service.app.get(NoncesRepository);
    const claims = service.app.get(TurnClaimsRepository);
    for (let round = 0; round < 20; round += 1) {
      const id = await caller.create();
      const key = { ownerId: defaultCaller.id, conversationId: id, claim: `claim-${round}` };
      const [before, spent, failed, claimed, after] = await Promise.all([
        database.write([spendStatement(`lost-before-${round}`), missing]),
        nonces.spend(`kept-${round}`),
        database.write([spendStatement(`lost-between-${round}`), missing]),
        claims.claim(key, true),
        database.write([spendStatement(`lost-after-${round}`), missing]),
      ]);
      expect([before, failed, after].map(({ committed }) => committed)).toEqual([
        false,
        false,
        false,
      ]);
      expect(spent).toBe(true);
      expect(claimed?.conversation.id).toBe(id);
      expect(isSpent(`kept-${round}`)).toBe(true);
      expect(storedClaim(service.databaseFile, id).claim).toBe(key.claim);
      for (const place of ['before', 'between', 'after']) {
        expect(isSpent(`lost-${place}-${round}`)).toBe(false);
      }
      expect(await caller.chat(id, 'hello')).toMatchObject({ status: 409 });
      await claims.release(key, null);
    }
  });

  it('keeps what is written while a failing batch runs again and again', async () => {
    let failures = 0;
    const failing = Array.from({ length: 100 }, async () => {
      const outcome = await database.write([spendStatement('never'), missing]);
      if (!outcome.committed) failures += 1;
    });
    const ids = await Promise.all(Array.from({ length: 20 }, () => caller.create()));
    const chats = await Promise.all(ids.map((id) => caller.chat(id, 'hello')));
    await Promise.all(failing);
    expect(failures).toBe(100);
    expect(isSpent('never')).toBe(false);
    expect(chats.map(({ status }) => status)).toEqual(ids.map(() => 200));
    for (const id of ids) expect(await caller.sentences(id)).toEqual(['hello', 'You said: hello']);
  });
});

function hasOpenTransaction(): boolean {
  if (isOnPostgres) {
    const sql =
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'";
    return query(service.databaseFile, sql).length > 0;
  }
  const { databaseConnection } = service.app.get(DataSource).driver as unknown as {
    databaseConnection: BetterSqlite3.Database;
  };
  return databaseConnection.inTransaction;
}

describe('while the upstream is asked', () => {
  it('no transaction is open and others can write', async () => {
    const id = await caller.create();
    service.simulator.behave({ holdBeforeAnswer: true });
    const running = caller.chat(id, 'hello');
    await service.simulator.waitForCalls(1);
    expect(hasOpenTransaction()).toBe(false);
    expect(await database.write([spendStatement('meanwhile')])).toMatchObject({ committed: true });
    expect(isSpent('meanwhile')).toBe(true);
    service.simulator.release();
    expect(await running).toMatchObject({ status: 200 });
  });
});
