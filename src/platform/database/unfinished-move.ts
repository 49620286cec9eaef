import type { EntityMetadata, QueryRunner } from 'typeorm';
import { RefusedError } from './refused.error.js';
import type { CountedRows, RowBatch } from './row-batches.js';

/**
 * Stands in a database from the first moment of a move into it until the last, and says how far the
 * move has come. It is no table of the service, so neither an entity nor a migration knows it.
 */
const tableName = 'unfinished_move';

/** @throws RefusedError when a move into this database is not finished */
export async function refuseUnfinishedMove(runner: QueryRunner): Promise<void> {
  if (!(await runner.hasTable(tableName))) return;
  throw new RefusedError(
    'A move into this database is not finished: wait for its end, or give its command again if it ' +
      'was broken off, and start then',
  );
}

/** How far the move into a database has come, table by table; null when there is none. */
export async function findMoved(runner: QueryRunner): Promise<Map<string, CountedRows> | null> {
  if (!(await runner.hasTable(tableName))) return null;
  const found = await runner.dataSource.query<{ name: string; rows: number; digest: string }[]>(
    `SELECT name, rows, digest::text AS digest FROM ${tableName}`,
    [],
    runner,
  );
  return new Map(found.map(({ name, rows, digest }) => [name, { rows, digest: BigInt(digest) }]));
}

/** Says that nothing is moved yet. */
export async function beginMoved(runner: QueryRunner, tables: readonly string[]): Promise<void> {
  await runner.query(
    `CREATE TABLE ${tableName} (name varchar PRIMARY KEY, rows bigint NOT NULL, digest numeric NOT NULL)`,
  );
  await runner.query(`INSERT INTO ${tableName} SELECT unnest($1::varchar[]), 0, 0`, [tables]);
}

/**
 * Inserts rows and says so, in one statement: whenever the command or the server dies, either both
 * are done or neither is.
 */
export async function insertMoved(
  runner: QueryRunner,
  { tableName: into, columns }: EntityMetadata,
  { texts, digest }: RowBatch,
): Promise<void> {
  const names = columns.map(({ databaseName }) => `"${databaseName}"`).join(', ');
  // The server makes its own types of what it finds in JSON, of 1 and 0 its booleans too.
  await runner.query(
    `WITH moved AS (
      INSERT INTO ${into} (${names})
      SELECT ${names} FROM json_populate_recordset(NULL::${into}, $1::json) RETURNING 1
    )
    UPDATE ${tableName} SET rows = rows + (SELECT count(*) FROM moved), digest = digest + $2
    WHERE name = $3`,
    [`[${texts.join(',')}]`, String(digest), into],
  );
}

/** Services can start from the end of the transaction on. */
export async function endMoved(runner: QueryRunner): Promise<void> {
  await runner.query(`DROP TABLE ${tableName}`);
}
