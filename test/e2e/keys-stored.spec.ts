import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyStoreService } from '../../src/keys/key-store.service.js';
import { KeyVaultService } from '../../src/keys/key-vault.service.js';
import { KeysService } from '../../src/keys/keys.service.js';
import { Database } from '../../src/platform/database/database.js';
import { adminVariables, Operator } from '../support/admin.js';
import { Caller } from '../support/caller.js';
import { write } from '../support/database-file.js';
import type { TestService } from '../support/service.js';
import { StatementLog } from '../support/statement-log.js';
import { query } from '../support/stored.js';
import { until } from '../support/until.js';
import { useServices } from '../support/use-service.js';

const env = ['sk-environment-ENV1', 'sk-environment-ENV2'];
const quota = { message: 'x', type: 'insufficient_quota', code: 'insufficient_quota' };
const services = useServices({ OPENAI_API_KEYS: env.join(), ...adminVariables });
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alice-test-'));
});

async function start(variables: Record<string, string> = {}): Promise<TestService> {
  const { service } = await services.start(variables, folder);
  return service;
}

async function ask(service: TestService, times = 1): Promise<number[]> {
  const statuses: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const answer = await new Caller(service.url).post('quickAnswer', '{"question":"hello"}');
    statuses.push(answer.status);
  }
  return statuses;
}

/** Until what the pool decided is in the database. */
function written(service: TestService): Promise<void> {
  return service.app.get(KeyStoreService).flush();
}

describe('a restart', () => {
  it('does not make a service ask keys again that are out, wherever they come from', async () => {
    const first = await start();
    const operator = new Operator(first);
    await operator.add('sk-stored-by-api-API1');
    first.simulator.behave({ status: 429, error: quota }, { key: env[0]! });
    first.simulator.behave({ status: 401 }, { key: 'sk-stored-by-api-API1' });
    await ask(first, 6);
    const key = await operator.key('ENV2');
    await operator.call('POST', `/${key.id}/disable`);
    await first.stop();

    const second = await start();
    expect(await new Operator(second).states()).toEqual({
      ENV1: 'exhausted',
      ENV2: 'disabled',
      API1: 'invalid',
    });
    expect(await ask(second, 3)).toEqual([503, 503, 503]);
    expect(second.simulator.totalCalls).toBe(0);
  });

  it('keeps ids, labels and counts', async () => {
    const first = await start();
    const operator = new Operator(first);
    const { id } = await operator.key('ENV1');
    await operator.call('PATCH', `/${id}`, { label: 'kept' });
    await ask(first, 4);
    await first.stop();

    const second = await start();
    await ask(second, 2);
    expect(await new Operator(second).key('ENV1')).toMatchObject({ id, label: 'kept', calls: 3 });
  });

  it('keeps what a model is not asked for', async () => {
    const first = await start();
    first.simulator.behave({ status: 403, error: { message: 'x', code: null } }, { key: env[0]! });
    await ask(first, 2);
    await first.stop();

    const second = await start();
    await ask(second, 4);
    expect(second.simulator.callsWith(env[0]!)).toBe(0);
  });

  it('uses stored keys again', async () => {
    const first = await start({ OPENAI_API_KEYS: '' });
    await new Operator(first).add('sk-stored-by-api-API1');
    await first.stop();
    const second = await start({ OPENAI_API_KEYS: '' });
    expect(await ask(second)).toEqual([200]);
    expect(second.simulator.callsWith('sk-stored-by-api-API1')).toBe(1);
  });

  it('takes keys out of the list that the environment has no more, and remembers them', async () => {
    const first = await start();
    first.simulator.behave({ status: 429, error: quota }, { key: env[0]! });
    await ask(first, 2);
    await first.stop();
    const second = await start({ OPENAI_API_KEYS: env[1]! });
    expect(await new Operator(second).states()).toEqual({ ENV2: 'active' });
    await second.stop();
    const third = await start();
    expect(await new Operator(third).states()).toEqual({ ENV1: 'exhausted', ENV2: 'active' });
  });

  it('lets a key be stored that the environment once had', async () => {
    const first = await start();
    await first.stop();
    const second = await start({ OPENAI_API_KEYS: env[1]! });
    await new Operator(second).add(env[0]!, 'stored now');
    expect(await new Operator(second).key('ENV1')).toMatchObject({
      source: 'api',
      label: 'stored now',
    });
    await ask(second, 2);
    expect(second.simulator.callsWith(env[0]!)).toBe(1);
  });
});

describe('the encryption secret', () => {
  it('leaves stored keys out when it is missing, and says so, but serves the others', async () => {
    const first = await start();
    await new Operator(first).add('sk-stored-by-api-API1');
    await first.stop();
    const second = await start({ KEY_ENCRYPTION_SECRET: '' });
    expect(second.log.text).toContain('KEY_ENCRYPTION_SECRET is not set');
    expect(await ask(second, 3)).toEqual([200, 200, 200]);
    expect(second.simulator.callsWith('sk-stored-by-api-API1')).toBe(0);
    const key = await new Operator(second).key('API1');
    expect(await new Operator(second).call('POST', `/${key.id}/probe`)).toMatchObject({
      status: 409,
    });
  });

  it('can be set later', async () => {
    await (await start({ KEY_ENCRYPTION_SECRET: '' })).stop();
    const service = await start();
    await new Operator(service).add('sk-stored-by-api-API1');
    expect(await new Operator(service).states()).toMatchObject({ API1: 'active', ENV1: 'active' });
  });

  it('that was rotated under a running service makes it refuse new keys, not ruin them', async () => {
    const service = await start();
    const operator = new Operator(service);
    await operator.add('sk-stored-by-api-API1');
    write(service, "UPDATE key_vault SET cipher_id = 'another'", {});
    const { status, body } = await operator.call('POST', '', {
      keys: [{ secret: 'sk-stored-by-api-API2' }],
    });
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'key.encryption_secret_rotated' });
    expect(Object.keys(await operator.states()).sort()).toEqual(['API1', 'ENV1', 'ENV2']);
  });
});

describe('a secret', () => {
  it('seals the same secret differently each time, and fingerprints it differently elsewhere', async () => {
    const service = await start();
    const vault = service.app.get(KeyVaultService);
    expect(vault.seal('sk-12345678', 'key_1')).not.toEqual(vault.seal('sk-12345678', 'key_1'));
    const fingerprint = vault.fingerprint('sk-12345678');
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    const { service: other } = await services.start();
    expect(other.app.get(KeyVaultService).fingerprint('sk-12345678')).not.toBe(fingerprint);
  });
});

describe('a row that another hand changed', () => {
  const secrets = ['sk-stored-by-api-API1', 'sk-stored-by-api-API2', 'sk-stored-by-api-API3'];

  /** @returns the stopped service, whose database is still there */
  async function storeThree(): Promise<TestService> {
    const service = await start({ OPENAI_API_KEYS: '' });
    for (const secret of secrets) await new Operator(service).add(secret);
    await service.stop();
    return service;
  }

  it.each([
    [
      'secrets are swapped',
      `UPDATE api_keys SET secret = (SELECT other.secret FROM api_keys other
         WHERE other.last_four <> api_keys.last_four AND other.last_four <> 'API3')
       WHERE last_four <> 'API3'`,
    ],
    [
      'secret and fingerprint are taken from another row',
      `UPDATE api_keys SET (secret, fingerprint) = (SELECT other.secret, other.fingerprint || 'x'
         FROM api_keys other WHERE other.last_four = 'API3') WHERE last_four = 'API1'`,
    ],
    [
      'a fingerprint is changed',
      "UPDATE api_keys SET fingerprint = 'f' || substr(fingerprint, 2) || '0' WHERE last_four = 'API1'",
    ],
    [
      'a secret is cut',
      "UPDATE api_keys SET secret = substr(secret, 1, 40) WHERE last_four = 'API1'",
    ],
    ['a secret is no base64', "UPDATE api_keys SET secret = '???' WHERE last_four = 'API1'"],
  ])('is never used when %s; the others serve', async (_what, sql) => {
    const stopped = await storeThree();
    write(stopped, sql, {});
    const service = await start({ OPENAI_API_KEYS: '' });
    expect(service.log.text).toContain('key.unreadable');
    expect(await ask(service, 6)).toEqual([200, 200, 200, 200, 200, 200]);
    const used = new Set(service.simulator.calls.map(({ key }) => key));
    expect(used).toContain('sk-stored-by-api-API3');
    expect(used).not.toContain('sk-stored-by-api-API1');
    for (const secret of secrets) expect(service.log.text).not.toContain(secret);
  });
});

describe('two processes on one database', () => {
  it('see each other’s changes', async () => {
    const one = await start();
    const other = await start();
    const operator = new Operator(one);
    const key = await operator.key('ENV1');
    await operator.call('POST', `/${key.id}/disable`);
    await operator.add('sk-stored-by-api-API1');
    await until('the other process has seen it', async () => {
      await ask(other, 3);
      return other.simulator.callsWith('sk-stored-by-api-API1') > 0;
    });
    const before = other.simulator.callsWith(env[0]!);
    await ask(other, 6);
    expect(other.simulator.callsWith(env[0]!)).toBe(before);
    const { id } = await operator.key('API1');
    await operator.call('DELETE', `/${id}`);
    await other.app.get(KeyStoreService).look();
    const used = other.simulator.callsWith('sk-stored-by-api-API1');
    await ask(other, 4);
    expect(other.simulator.callsWith('sk-stored-by-api-API1')).toBe(used);
  });

  it('see what the other one’s calls found out', async () => {
    const one = await start();
    const other = await start();
    one.simulator.behave({ status: 429, error: quota }, { key: env[0]! });
    await ask(one, 2);
    await written(one);
    await other.app.get(KeyStoreService).look();
    await ask(other, 4);
    expect(other.simulator.callsWith(env[0]!)).toBe(0);
  });

  it('add their counts', async () => {
    const one = await start();
    const other = await start();
    await Promise.all([ask(one, 10), ask(other, 10)]);
    await Promise.all([written(one), written(other)]);
    const keys = await new Operator(one).list();
    expect(keys.reduce((sum, { calls }) => sum + calls, 0)).toBe(20);
  });

  it('do not overwrite what they have not seen', async () => {
    const one = await start();
    const other = await start();
    const key = await new Operator(one).key('ENV1');
    await new Operator(one).call('POST', `/${key.id}/disable`);
    // The other process does not know yet, and finds something out itself.
    other.simulator.behave({ status: 429, error: quota }, { key: env[0]! });
    await ask(other, 2);
    await written(other);
    expect(await new Operator(one).key('ENV1')).toMatchObject({ state: 'disabled' });
    await ask(other, 4);
    expect(other.simulator.callsWith(env[0]!)).toBe(1);
  });
});

describe('what a call writes of keys', () => {
  it('is nothing, while all is well', async () => {
    const service = await start();
    await ask(service);
    const statements = new StatementLog(service);
    await ask(service, 5);
    expect(statements.take().filter((sql) => /api_keys|key_vault/.test(sql))).toEqual([]);
    await written(service);
    expect(statements.take().filter((sql) => sql.startsWith('UPDATE api_keys'))).toHaveLength(1);
    statements.close();
  });

  it('is not needed: a database that cannot be written fails no call, and catches up later', async () => {
    const service = await start();
    const database = service.app.get(Database);
    const failing = jest.spyOn(database, 'write').mockRejectedValue(new Error('disk full'));
    service.simulator.behave({ status: 429, error: quota }, { key: env[0]! });
    expect(await ask(service, 4)).toEqual([200, 200, 200, 200]);
    await until('it has tried', () => failing.mock.calls.length > 0);
    failing.mockRestore();
    await written(service);
    expect(service.log.text).toContain('disk full');
    expect(await new Operator(service).key('ENV1')).toMatchObject({ state: 'exhausted', calls: 1 });
    expect(await new Operator(service).key('ENV2')).toMatchObject({ calls: 4 });
  });

  it('counts 200 keys in few statements', async () => {
    const keys = Array.from({ length: 200 }, (_, index) => `sk-counted-${index}-0000`);
    const service = await start({ OPENAI_API_KEYS: keys.join() });
    await Promise.all(Array.from({ length: 40 }, () => ask(service, 5)));
    await written(service);
    const rows = query<{ calls: number }>(service.databaseFile, 'SELECT calls FROM api_keys');
    expect(rows.map(({ calls }) => calls)).toEqual(rows.map(() => 1));
    const all = await service.app.get(KeysService).list({ limit: 200 });
    expect(all).toHaveLength(200);
  });
});
