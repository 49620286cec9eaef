import { databaseBytes, elementsOfParameter, now, type SqlValue } from './database.js';

/** A statement under the name that each connection prepares it by. */
export interface PreparedSql {
  name: string;
  text: string;
  /** It can hit one row at most, so that there is never anything to take back. */
  insertsOneRow: boolean;
}

/** The statement's own time, real even late in a transaction, and constant enough for an index. */
const statementTime = '(extract(epoch FROM statement_timestamp()) * 1000)::bigint';
const elementsOfJson = '(SELECT value FROM json_array_elements_text(?::json))';

const insertOfOneRow =
  /^\s*INSERT INTO \w+ \([^()]*\)\s+VALUES \((?:[^()]|\(\))*\)\s*(?:ON CONFLICT DO NOTHING)?\s*$/;

/** The common SQL in PostgreSQL's words. There is no `?` in it but for parameters. */
export function prepareSql(sql: string, name: string): PreparedSql {
  let parameters = 0;
  const text = sql
    .replaceAll(elementsOfParameter, elementsOfJson)
    .replaceAll(now, statementTime)
    .replaceAll(databaseBytes, 'pg_database_size(current_database())')
    .replaceAll('?', () => `$${(parameters += 1)}`);
  return { name, text, insertsOneRow: insertOfOneRow.test(sql) };
}

/**
 * PostgreSQL's texts hold every character but U+0000, which callers may send and SQLite keeps. It is
 * stored as U+001A `0`, and U+001A as U+001A `1`. JSON text has neither of the two.
 */
export function toStoredText(value: SqlValue): SqlValue {
  if (typeof value !== 'string' || !(value.includes('\0') || value.includes('\x1a'))) return value;
  return value.replaceAll('\x1a', '\x1a1').replaceAll('\0', '\x1a0');
}

/** The text that {@link toStoredText} was given. */
export function fromStoredText(value: string): string {
  if (!value.includes('\x1a')) return value;
  return value.replaceAll('\x1a0', '\0').replaceAll('\x1a1', '\x1a');
}
