import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const folders = ['src', 'docs', 'test', 'tools', 'examples'];

/** Words that the field has better ones for, and which those are. */
const oldWords: readonly [word: RegExp, instead: string][] = [
  [/\bdoors?\b/, 'API'],
  [/\bseed(s|ed|ing)?\b/, 'the original API'],
  [/\bwish(es|ed|ing)?\b/, 'params, query'],
  [/\bheed(s|ed|ing)?\b/, 'onChange, obey'],
  [/\bbe had\b/, 'be available'],
  [/\banew\b/, 'again'],
  [/\b(lend(s|ing)?|lent)\b/, 'acquire, release'],
  [/\bconvict(s|ed|ing)?\b/, 'confirm'],
  [/\bacquit(s|ted|ting)?\b/, 'clear'],
  [/\bstrikes?\b/, 'consecutive failures'],
  [/\bchoose last\b/, 'deprioritized'],
  [/\bkey signals?\b/, 'attempt outcome'],
  [/\bone offs?\b/, 'stateless'],
  [/\bunseen answers?\b/, 'Idempotency-Key'],
  [/\bcondensed events\b/, 'replayed events'],
];

/** Where a word has to stand as it is. */
const exceptions: readonly { word: string; files: RegExp; reason: string }[] = [
  {
    word: 'door',
    files: /^src\/platform\/database\/migrations\//,
    reason: 'the names of migrations are in databases',
  },
  {
    word: 'unseen answer',
    files: /^src\/(platform\/database\/migrations|conversations)\//,
    reason: 'a column is called so',
  },
  { word: 'anew', files: /^src\/platform\/database\/migrations\//, reason: 'migrations stay' },
  {
    word: 'strike',
    files: /^src\/(platform\/database\/migrations\/|keys\/stored-keys?\.)/,
    reason: 'a column and a field of stored JSON are called so',
  },
  {
    word: 'seed',
    files:
      /^(src\/(api\/openai|upstreams\/dialects|responses)|test\/openai)\/|^docs\/.*openai\.md$|\/exact-numbers\.spec\.ts$/,
    reason: "a parameter of OpenAI's",
  },
  { word: 'seed', files: /\/hostile-bodies\.sqlite\.spec\.ts$/, reason: 'the same parameter' },
  {
    word: 'seed',
    files: /\/(answer-text|sliding-window|fuzz)\.spec\.ts$/,
    reason: 'what a random generator begins with',
  },
  { word: '', files: /^tools\/docs\/old-words\.spec\.ts$/, reason: 'it names them' },
];

const files = folders
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  )
  .filter((path) => /\.(ts|js|mjs|md|ya?ml|html|py|sh)$/.test(path))
  .filter((path) => !path.includes('node_modules'));

/** Names taken apart into their words; a setting that keeps its old name is none. */
function wordsOf(line: string): string {
  return line
    .replaceAll('SEED_STATUS_CODES', '')
    .replace(/([a-z\d])(?=[A-Z])/g, '$1 ')
    .replace(/[_-]/g, ' ')
    .toLowerCase();
}

function oldWordsIn(path: string): string[] {
  const excepted = exceptions.filter((exception) => exception.files.test(path));
  return [path, ...readFileSync(path, 'utf8').split('\n')].flatMap((line, number) =>
    oldWords.flatMap(([word, instead]) => {
      const [found] = word.exec(wordsOf(line)) ?? [];
      if (found === undefined || excepted.some((exception) => found.startsWith(exception.word))) {
        return [];
      }
      return [`${path}:${number}: "${found}", better: ${instead}`];
    }),
  );
}

/** Names that say nothing of what they stand for. */
const emptyNames = new Set(['told', 'kept', 'tell']);

function emptyNamesIn(path: string): string[] {
  const source = ts.createSourceFile(
    path,
    readFileSync(path, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && emptyNames.has(node.text)) found.push(`${path}: ${node.text}`);
    ts.forEachChild(node, look);
  };
  look(source);
  return found;
}

describe('the words of code, tests and pages', () => {
  it('are those of the field', () => {
    expect(files.flatMap(oldWordsIn)).toEqual([]);
  });

  it('are no empty names where turns are taken and answered', () => {
    const rooms = files.filter((path) => /^src\/(api|models|responses|turns)\/.*\.ts$/.test(path));
    expect(rooms.length).toBeGreaterThan(100);
    expect(rooms.flatMap(emptyNamesIn)).toEqual([]);
  });

  it.each(exceptions.filter(({ word }) => word !== ''))(
    'keep $word where it has to stand: $reason',
    ({ word, files: where }) => {
      const text = files
        .filter((path) => where.test(path))
        .map((path) => path + readFileSync(path, 'utf8'));
      expect(text.some((part) => wordsOf(part).includes(word))).toBe(true);
    },
  );
});
