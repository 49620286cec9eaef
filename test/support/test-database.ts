import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPostgresDatabase, dropPostgresDatabase } from './postgres-database.js';
import { queryPostgres } from './postgres-query.js';
import { createSqliteDatabase } from './sqlite-database.js';

/** Where a test's services keep everything. */
export interface TestDatabase {
  /** What DATABASE_URL is. */
  url: string;
  /** The settings of a service on it. */
  variables: Record<string, string>;
  /** What looks into the database beside the service: the SQLite file, or the URL. */
  location: string;
  /** Follows a test's turning of the service's clock, where the database has its own. */
  turnClock: (aheadMs: number) => void;
  drop(): Promise<void>;
}

/**
 * The server's disk is shared by all tests, among them one of a million rows: only those about its
 * being slow are to see the 503 that follows from it.
 */
const patient = { DATABASE_CONNECT_TIMEOUT_MS: '30000', DATABASE_STATEMENT_TIMEOUT_MS: '30000' };

/** Whether this test file runs on PostgreSQL; `jest.config.js` decides. */
export const isOnPostgres = process.env['ALICE_TEST_DATABASE'] === 'postgres';

/** The folder's database; services of the same folder share it. */
export function openTestDatabase(folder: string): Promise<TestDatabase> {
  return isOnPostgres ? openPostgres(folder) : openSqlite(join(folder, 'alice.db'));
}

async function openSqlite(file: string): Promise<TestDatabase> {
  if (!existsSync(file)) await createSqliteDatabase(file);
  return {
    url: `sqlite:${file}`,
    variables: {},
    location: file,
    turnClock: () => undefined,
    drop: () => Promise.resolve(),
  };
}

async function openPostgres(folder: string): Promise<TestDatabase> {
  const note = join(folder, 'database-url');
  if (!existsSync(note)) writeFileSync(note, await createPostgresDatabase());
  const url = readFileSync(note, 'utf8');
  return {
    url,
    variables: patient,
    location: url,
    turnClock: (aheadMs) => {
      queryPostgres(url, 'UPDATE turned.clock SET ahead_ms = ?', [aheadMs]);
    },
    drop: () => dropPostgresDatabase(url),
  };
}
