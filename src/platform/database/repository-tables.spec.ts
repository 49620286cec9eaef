import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Names that stand where a table's could, and are none: of the SQL itself, and of its subqueries. */
const noTables = new Set(['json_each', 'chain']);

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((path) =>
  join('src', path),
);
const sources = files.filter((path) => /\.(repository|sql)\.ts$/.test(path));
const entities = files.filter((path) => path.endsWith('.entity.ts'));

function tablesOf(paths: readonly string[]): string[] {
  return paths.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/@Entity\('(\w+)'/g)].map(([, table]) => table!),
  );
}

/** Keywords are written in capitals, so that no sentence of a comment is taken for SQL. */
function tablesIn(path: string): string[] {
  const sql = readFileSync(path, 'utf8');
  const names = sql.matchAll(/\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z]\w*)/g);
  return [...new Set([...names].map(([, name]) => name!))].filter((name) => !noTables.has(name));
}

describe('the SQL of a repository', () => {
  it.each(sources)('names only tables of its own feature: %s', (path) => {
    const own = tablesOf(entities.filter((entity) => dirname(entity) === dirname(path)));
    expect(own).not.toEqual([]);
    expect(tablesIn(path).filter((name) => !own.includes(name))).toEqual([]);
  });

  it('is where every table is read and written', () => {
    const named = [...new Set(sources.flatMap((path) => tablesIn(path)))];
    expect(named.sort()).toEqual(tablesOf(entities).sort());
  });
});
