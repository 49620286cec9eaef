import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { makeSchema } from './schema.js';

/**
 * The clock of a test's database: a function that hides the server's own from the service's SQL,
 * because its schema comes earlier in the search path.
 */
const turnedClock = `
  CREATE SCHEMA turned;
  CREATE TABLE turned.clock (ahead_ms bigint NOT NULL);
  INSERT INTO turned.clock VALUES (0);
  CREATE FUNCTION turned.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT pg_catalog.statement_timestamp() + ahead_ms * interval ''1 ms'' FROM turned.clock'`;
/** No test ends the server, so that none needs to wait for its disk. */
const sessionOptions = '-c search_path=public,turned,pg_catalog -c synchronous_commit=off';

/** Any number: the tests' processes make the template once. */
const templateLock = 7_777;

/** An empty database with the service's schema. @returns its URL */
export async function createPostgresDatabase(): Promise<string> {
  const name = ownName(randomBytes(6).toString('hex'));
  await asAdmin(async (admin) => {
    // Copied file by file: writing it to the log too, as later servers do, takes longer.
    const strategy = (await versionOf(admin)) < 150_000 ? '' : 'STRATEGY file_copy';
    await admin.query(`CREATE DATABASE "${name}" TEMPLATE "${await template(admin)}" ${strategy}`);
  });
  return urlOf(name);
}

/** One without any schema, for tests of the migrations. @returns its URL */
export async function createEmptyPostgresDatabase(): Promise<string> {
  const name = ownName(randomBytes(6).toString('hex'));
  await asAdmin((admin) => admin.query(`CREATE DATABASE "${name}"`));
  return urlOf(name);
}

export async function dropPostgresDatabase(url: string): Promise<void> {
  await asAdmin((admin) => {
    return admin.query(`DROP DATABASE IF EXISTS "${databaseOf(url)}" WITH (FORCE)`);
  });
}

/** Ends sessions of a database as a server's restart does. @returns how many there were */
export async function endSessions(url: string): Promise<number> {
  const { rowCount } = await asAdmin((admin) => {
    return admin.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
      [databaseOf(url)],
    );
  });
  return rowCount ?? 0;
}

/** Runs on the server's maintenance database. */
export async function asAdmin<Result>(work: (admin: Client) => Promise<Result>): Promise<Result> {
  const admin = new Client({ connectionString: serverUrl() });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function template(admin: Client): Promise<string> {
  const name = ownName('template');
  await admin.query('SELECT pg_advisory_lock($1)', [templateLock]);
  const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 0) {
    const unfinished = `${name}_unfinished`;
    await admin.query(`DROP DATABASE IF EXISTS "${unfinished}"`);
    await admin.query(`CREATE DATABASE "${unfinished}"`);
    await makeSchema(urlOf(unfinished), [turnedClock]);
    await admin.query(`ALTER DATABASE "${unfinished}" RENAME TO "${name}"`);
  }
  await admin.query('SELECT pg_advisory_unlock($1)', [templateLock]);
  return name;
}

async function versionOf(admin: Client): Promise<number> {
  const { rows } = await admin.query<{ server_version_num: string }>('SHOW server_version_num');
  return Number(rows[0]?.server_version_num);
}

function urlOf(name: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  url.searchParams.set('options', sessionOptions);
  return url.href;
}

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

function ownName(name: string): string {
  return `alice_test_${process.env['ALICE_TEST_RUN'] ?? 'none'}_${name}`;
}

function serverUrl(): string {
  const url = process.env['TEST_POSTGRES_URL'];
  if (url === undefined) throw new Error('Only tests of the project "postgres" have a server');
  return url;
}
