import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDatabaseSettings } from './read-database-settings.js';
import type { PostgresSettings } from './settings.js';
import { VariableReader, type Variables } from './variable-reader.js';

const url = 'postgres://alice:hunter2@db.internal:5433/conversations';

function read(variables: Variables): { settings: unknown; problems: readonly string[] } {
  const reader = new VariableReader(variables);
  return { settings: readDatabaseSettings(reader), problems: reader.problems };
}

/** Of variables that nothing is wrong with. */
function postgres(variables: Variables): PostgresSettings {
  const { settings, problems } = read({ DATABASE_URL: url, ...variables });
  expect(problems).toEqual([]);
  return settings as PostgresSettings;
}

describe('DATABASE_URL', () => {
  it.each([url, 'postgresql://db.internal/conversations', 'postgres://[::1]:5432/alice'])(
    'may name a PostgreSQL server: %s',
    (server) => {
      expect(postgres({ DATABASE_URL: server })).toEqual({
        type: 'postgres',
        url: server,
        poolSize: 10,
        connectTimeoutMs: 2_000,
        statementTimeoutMs: 5_000,
        tls: 'disable',
        tlsCa: null,
      });
    },
  );

  it('hands on what the driver understands, apart from sslmode', () => {
    const { url: given, tls } = postgres({
      DATABASE_URL: `${url}?sslmode=require&application_name=chat`,
    });
    expect(given).toBe(`${url}?application_name=chat`);
    expect(tls).toBe('require');
  });

  it.each(['postgres://', 'postgres://host', 'postgres://host/', 'postgres:alice', 'pg://h/alice'])(
    'is refused without a server and a database: %s',
    (server) => {
      const { problems } = read({ DATABASE_URL: server });
      expect(problems).toEqual([expect.stringMatching(/DATABASE_URL.*sqlite:PATH or postgres:/)]);
    },
  );

  it.each(['prefer', 'allow', 'verify-ca', 'no-verify'])('is refused with sslmode=%s', (mode) => {
    const { problems } = read({ DATABASE_URL: `${url}?sslmode=${mode}` });
    expect(problems).toEqual([expect.stringContaining('disable, require, verify-full')]);
    expect(problems[0]).not.toContain('hunter2');
  });
});

describe('the settings of the pool', () => {
  it('have names of their own', () => {
    const settings = postgres({
      DATABASE_POOL_SIZE: '25',
      DATABASE_CONNECT_TIMEOUT_MS: '300',
      DATABASE_STATEMENT_TIMEOUT_MS: '800',
      DATABASE_TLS: 'verify-full',
    });
    expect(settings).toMatchObject({
      poolSize: 25,
      connectTimeoutMs: 300,
      statementTimeoutMs: 800,
      tls: 'verify-full',
    });
  });

  it.each([
    ['DATABASE_POOL_SIZE', '0'],
    ['DATABASE_CONNECT_TIMEOUT_MS', '0'],
    ['DATABASE_STATEMENT_TIMEOUT_MS', '0'],
    ['DATABASE_TLS', 'prefer'],
    ['DATABASE_TLS_CA_FILE', '/no/such/file.pem'],
  ])('are checked whatever the database is: %s', (variable, value) => {
    expect(read({ [variable]: value }).problems).toEqual([expect.stringContaining(variable)]);
    expect(read({ DATABASE_URL: url, [variable]: value }).problems).toHaveLength(1);
  });

  it('DATABASE_TLS wins over sslmode', () => {
    const settings = postgres({
      DATABASE_URL: `${url}?sslmode=require`,
      DATABASE_TLS: 'verify-full',
    });
    expect(settings.tls).toBe('verify-full');
  });

  it('reads the certificates', () => {
    const folder = mkdtempSync(join(tmpdir(), 'alice-ca-'));
    const file = join(folder, 'ca.pem');
    writeFileSync(file, 'certificates');
    expect(postgres({ DATABASE_TLS_CA_FILE: file }).tlsCa).toBe('certificates');
    rmSync(folder, { recursive: true });
  });
});

describe('a server on another host', () => {
  function warningsOf(variables: Variables): readonly string[] {
    const reader = new VariableReader(variables);
    readDatabaseSettings(reader);
    return reader.warnings;
  }

  it('is warned of where nobody has said that the connection is not encrypted', () => {
    const [warning, ...others] = warningsOf({ DATABASE_URL: url });
    expect(others).toEqual([]);
    expect(warning).toMatch(/^DATABASE_URL .*DATABASE_TLS/);
    expect(warning).not.toContain('hunter2');
  });

  it.each<Variables>([
    { DATABASE_URL: url, DATABASE_TLS: 'disable' },
    { DATABASE_URL: url, DATABASE_TLS: 'require' },
    { DATABASE_URL: `${url}?sslmode=verify-full` },
    { DATABASE_URL: `${url}?sslmode=disable` },
    {},
    ...['localhost', '127.0.0.1:5433', '[::1]:5433', '%2Fvar%2Frun%2Fpostgresql'].map((host) => ({
      DATABASE_URL: `postgres://alice:hunter2@${host}/alice`,
    })),
    { DATABASE_URL: 'postgres://alice@localhost/alice?host=/var/run/postgresql' },
  ])('is not what this names, or its operator knows: %j', (variables) => {
    expect(warningsOf(variables)).toEqual([]);
  });
});
