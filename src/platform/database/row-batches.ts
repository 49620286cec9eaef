import { hash } from 'node:crypto';
import type BetterSqlite3 from 'better-sqlite3';
import type { EntityMetadata, QueryRunner } from 'typeorm';
import type { Row } from './database.js';
import { toStoredText } from './postgres-sql.js';

/** What goes out in one statement: as many rows as reach either bound. */
const batchRows = 1_000;
const batchCharacters = 1_048_576;

/** To SQLite. */
const noLimit = -1;

/** Sums of a digest this long stay exact in PostgreSQL, whose bigint has 63 bits beside its sign. */
const digestBits = 60;
const hexCharacters = digestBits / 4;

/** Rows as JSON texts, with the columns as their names. */
export interface RowBatch {
  texts: readonly string[];
  /** The beginnings of the texts' SHA-256 added up, so that their order does not matter. */
  digest: bigint;
}

/** How many rows there are, and what their digests add up to. */
export interface CountedRows {
  rows: number;
  digest: bigint;
}

/**
 * The rows of a SQLite table in an order that stays for as long as they do.
 *
 * @param part how many rows are left out at the beginning, and how many are given at most
 */
export function* batchesOf(
  source: BetterSqlite3.Database,
  table: EntityMetadata,
  part: { skip?: number; limit?: number },
): Generator<RowBatch> {
  let texts: string[] = [];
  let digest = 0n;
  let characters = 0;
  for (const text of textsOf(source, table, part)) {
    texts.push(text);
    digest += BigInt(`0x${hash('sha256', text, 'hex').slice(0, hexCharacters)}`);
    characters += text.length;
    if (texts.length < batchRows && characters < batchCharacters) continue;
    yield { texts, digest };
    texts = [];
    digest = 0n;
    characters = 0;
  }
  if (texts.length > 0) yield { texts, digest };
}

/** Each is to the letter what PostgreSQL makes of the same row. */
function* textsOf(
  source: BetterSqlite3.Database,
  { tableName, columns, primaryColumns, withoutRowid }: EntityMetadata,
  { skip = 0, limit = noLimit }: { skip?: number; limit?: number },
): Generator<string> {
  const names = columns.map(({ databaseName }) => `"${databaseName}"`).join(', ');
  const key = primaryColumns.map(({ databaseName }) => `"${databaseName}"`).join(', ');
  const statement = source.prepare<[number, number], Row>(
    `SELECT ${names} FROM ${tableName} ORDER BY ${withoutRowid ? key : 'rowid'} LIMIT ? OFFSET ?`,
  );
  for (const row of statement.iterate(limit, skip)) {
    for (const [name, value] of Object.entries(row)) row[name] = toStoredText(value);
    yield JSON.stringify(row);
  }
}

/** How many rows a PostgreSQL table has, and the same digest of them, by the server itself. */
export async function digestInTarget(
  runner: QueryRunner,
  { tableName, columns }: EntityMetadata,
): Promise<CountedRows> {
  const values = columns.map(({ databaseName, type }) => {
    return type === 'boolean' ? `"${databaseName}"::int` : `"${databaseName}"`;
  });
  const hex = `encode(sha256(convert_to(row_to_json(row_of_table)::text, 'UTF8')), 'hex')`;
  const [found] = await runner.dataSource.query<{ rows: number; digest: string }[]>(
    `SELECT count(*) AS rows,
      coalesce(sum(('x' || left(${hex}, ${hexCharacters}))::bit(${digestBits})::bigint), 0)::text AS digest
    FROM (SELECT ${values.join(', ')} FROM ${tableName}) AS row_of_table`,
    [],
    runner,
  );
  return { rows: found?.rows ?? 0, digest: BigInt(found?.digest ?? 0) };
}
