import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const owned =
  /\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:conversations|responses|shares|idempotency_records)\b/;

/** Whose rows they meet does not matter: sweeps, the renewal of leases, and what anyone may read. */
const forAll: Record<string, string[]> = {
  'turn-claims.repository.ts': ['renew'],
  'conversations.repository.ts': ['deleteExpired'],
  'responses.repository.ts': ['renew', 'fail', 'failAbandoned', 'deleteExpired'],
  'shares.repository.ts': ['findById', 'findNewestOf', 'findTexts', 'deleteExpired'],
  'idempotency.repository.ts': ['renew', 'keptBehind', 'dropAnswers', 'deleteExpired'],
};

const repositories = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.repository.ts'))
  .map((path) => join('src', path))
  .filter((path) => owned.test(readFileSync(path, 'utf8')));

/** The texts of a file by the function or constant that they stand in, with its constants put in. */
function textsOf(path: string): { name: string; text: string }[] {
  const source = ts.createSourceFile(
    path,
    readFileSync(path, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const constants = new Map<string, string>();
  const texts: { name: string; text: string }[] = [];
  const textOf = (node: ts.Node): string | null => {
    if (ts.isStringLiteralLike(node)) return node.text;
    if (!ts.isTemplateExpression(node)) return null;
    const spans = node.templateSpans.map(
      ({ expression, literal }) => (constants.get(expression.getText()) ?? '') + literal.text,
    );
    return [node.head.text, ...spans].join('');
  };
  const visit = (node: ts.Node, name: string): void => {
    const text = textOf(node);
    if (text !== null) texts.push({ name, text });
    if (ts.isVariableDeclaration(node) && node.initializer) {
      const value = textOf(node.initializer);
      if (value !== null) constants.set(node.name.getText(), value);
    }
    const isNamed =
      ts.isMethodDeclaration(node) ||
      ts.isFunctionDeclaration(node) ||
      (ts.isVariableDeclaration(node) && ts.isSourceFile(node.parent.parent.parent));
    const inside = isNamed ? (node.name?.getText() ?? name) : name;
    node.forEachChild((child) => {
      visit(child, inside);
    });
  };
  visit(source, '');
  return texts;
}

describe('the SQL for a request', () => {
  it.each(repositories)('meets only rows of its caller: %s', (path) => {
    const exempt = forAll[path.slice(path.lastIndexOf('/') + 1)] ?? [];
    const statements = textsOf(path).filter(({ text }) => owned.test(text));
    expect(statements).not.toEqual([]);
    const faults = statements.filter(
      ({ name, text }) => !exempt.includes(name) && !text.includes('owner_id'),
    );
    expect(faults).toEqual([]);
  });

  it.each(Object.entries(forAll))('is every other one: %s', (file, names) => {
    const path = repositories.find((each) => each.endsWith(`/${file}`)) ?? '';
    const found = textsOf(path).filter(
      ({ text }) => owned.test(text) && !text.includes('owner_id'),
    );
    expect([...new Set(found.map(({ name }) => name))].sort()).toEqual([...names].sort());
  });
});
