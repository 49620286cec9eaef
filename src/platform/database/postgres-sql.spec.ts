import { elementsOfParameter, heldInPlace, now, skipLocked } from './database.js';
import { fromStoredText, prepareSql, toStoredText } from './postgres-sql.js';

describe('a statement in the words of PostgreSQL', () => {
  it('has its parameters by number', () => {
    expect(prepareSql('SELECT ? + ? WHERE a = ?', 's1')).toMatchObject({
      name: 's1',
      text: 'SELECT $1 + $2 WHERE a = $3',
    });
  });

  it('goes by the time of the statement, not of its transaction', () => {
    const { text } = prepareSql(`SELECT ${now} - ?`, 's1');
    expect(text).toMatch(/statement_timestamp\(\).*- \$1$/);
  });

  it('unfolds a parameter that is an array', () => {
    const { text } = prepareSql(`SELECT ? WHERE c IN ${elementsOfParameter} AND d = ?`, 's1');
    expect(text).toBe(
      'SELECT $1 WHERE c IN (SELECT value FROM json_array_elements_text($2::json)) AND d = $3',
    );
  });

  it.each([skipLocked, heldInPlace])('keeps the words about locks: %s', (lock) => {
    expect(prepareSql(`SELECT 1 ${lock}`, 's1').text).toBe(`SELECT 1 ${lock}`);
  });
});

describe('a lone INSERT', () => {
  it.each([
    'INSERT INTO nonces (hash) VALUES (?)',
    `INSERT INTO nonces (hash, spent_at) VALUES (?, ${now}) ON CONFLICT DO NOTHING`,
    `INSERT INTO shares (id, created_at)
       VALUES (?, ${now} + ?)`,
  ])('of one row hits one row at most: %s', (sql) => {
    expect(prepareSql(sql, 's1').insertsOneRow).toBe(true);
  });

  it.each([
    'INSERT INTO nonces (hash) VALUES (?), (?)',
    'INSERT INTO nonces (hash) SELECT hash FROM others',
    'INSERT INTO nonces (hash) VALUES ((SELECT 1)); DELETE FROM nonces',
    'DELETE FROM nonces WHERE hash = ?',
    'UPDATE nonces SET hash = ?',
  ])('of more rows, and anything else, may hit more: %s', (sql) => {
    expect(prepareSql(sql, 's1').insertsOneRow).toBe(false);
  });
});

describe('a text', () => {
  it.each(['', 'plain', '中文 🦊', '\0', 'a\0b\0', '\x1a', '\x1a0', '\x1a1\0', '\0\x1a\x1a1'])(
    'comes back as it was and has no U+0000 between: %j',
    (text) => {
      const stored = toStoredText(text);
      expect(stored).not.toContain('\0');
      expect(fromStoredText(String(stored))).toBe(text);
    },
  );

  it.each([5, null])('is the only value that changes: %p', (value) => {
    expect(toStoredText(value)).toBe(value);
  });
});
