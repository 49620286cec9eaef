import type { ConnectionOptions, PeerCertificate } from 'node:tls';
import pg from 'pg';
import type { PostgresSettings } from '../../config/settings.js';
import { poolConfig } from './postgres-pool.js';

const settings: PostgresSettings = {
  type: 'postgres',
  url: 'postgres://host/alice',
  poolSize: 7,
  connectTimeoutMs: 1_200,
  statementTimeoutMs: 900,
  tls: 'disable',
  tlsCa: null,
};

const aFunction = expect.any(Function) as unknown;

describe('the pool', () => {
  it('is as large and as patient, its statements and open transactions as short, as the settings say', () => {
    expect(poolConfig(settings, pg)).toMatchObject({
      max: 7,
      connectionTimeoutMillis: 1_200,
      statement_timeout: 900,
      idle_in_transaction_session_timeout: 900,
    });
  });

  it.each<[PostgresSettings['tls'], string | null, unknown]>([
    ['disable', null, false],
    ['disable', 'CA', false],
    ['require', null, { rejectUnauthorized: false }],
    ['verify-full', null, { rejectUnauthorized: true, checkServerIdentity: aFunction }],
    ['verify-full', 'CA', { rejectUnauthorized: true, ca: 'CA', checkServerIdentity: aFunction }],
  ])('is encrypted with DATABASE_TLS=%s and certificates %j', (tls, tlsCa, ssl) => {
    expect(poolConfig({ ...settings, tls, tlsCa }, pg).ssl).toEqual(ssl);
  });
});

describe('DATABASE_TLS=verify-full', () => {
  const certificate = { subject: { CN: 'localhost' }, subjectaltname: 'DNS:localhost' };

  it.each([
    ['localhost', true],
    ['127.0.0.1', false],
    ['[::1]', false],
    ['db.internal', false],
  ])('takes a certificate for the host of DATABASE_URL only: %s', (host, isTaken) => {
    const url = `postgres://${host}/alice`;
    const { ssl } = poolConfig({ ...settings, url, tls: 'verify-full' }, pg) as {
      ssl: ConnectionOptions;
    };
    const problem = ssl.checkServerIdentity?.('localhost', certificate as PeerCertificate);
    expect(problem === undefined).toBe(isTaken);
  });
});

describe('a value from the server', () => {
  const { types } = poolConfig(settings, pg);
  const { BOOL, INT4, INT8, NUMERIC, TEXT, VARCHAR } = pg.types.builtins;

  it.each<[string, number, string, unknown]>([
    ['bigint', INT8, '1795392000000', 1_795_392_000_000],
    ['sum', NUMERIC, '12', 12],
    ['integer', INT4, '5', 5],
    ['boolean', BOOL, 't', 1],
    ['boolean', BOOL, 'f', 0],
    ['text', TEXT, 'a\x1a0', 'a\0'],
    ['varchar', VARCHAR, 'plain', 'plain'],
  ])('is what SQLite has for it: %s', (_title, id, text, value) => {
    const parserOf = types?.getTypeParser as (type: number) => (text: string) => unknown;
    expect(parserOf(id)(text)).toBe(value);
  });
});
