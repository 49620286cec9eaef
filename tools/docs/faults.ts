import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { isCurrent, madeFiles } from './made-files.js';
import { readPage, type MarkdownPage } from './markdown-page.js';

/** Where pages are, beside those at the top. */
const folders = ['docs', 'examples', 'deploy'];
const chinese = 'docs/zh-CN/';

/** What is wrong with the pages of a checkout, a sentence each. */
export function findFaults(root: string): string[] {
  const pages = new Map(markdownFiles(root).map((file) => [file, readPage(root, file)]));
  return [
    ...[...pages.values()].flatMap((page) => brokenLinks(root, page, pages)),
    ...translations(pages).flatMap(([page, translation]) => differences(page, translation)),
    ...[...pages.values()].filter(isOf('api/errors.md')).flatMap((page) => errorFaults(root, page)),
    ...madeFileFaults(root),
  ];
}

/** What is made must be what its source says; a translation's sentences are written, but all there. */
function madeFileFaults(root: string): string[] {
  return madeFiles(root).flatMap((made) => [
    ...(isCurrent(root, made)
      ? []
      : [`${made.file} is not what ${made.source} says: npm run check:docs -- --write`]),
    ...[...made.text.matchAll(/^\| `([A-Z][A-Z0-9_]+)`.*\| +\|$/gm)].map(
      ([, name]) => `${made.file} does not say what ${name} means`,
    ),
  ]);
}

function markdownFiles(root: string): string[] {
  const under = folders.flatMap((folder) => {
    const path = join(root, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path, { recursive: true }).map((name) => join(folder, String(name)));
  });
  return [...readdirSync(root), ...under].filter((file) => file.endsWith('.md'));
}

function isOf(name: string): (page: MarkdownPage) => boolean {
  return ({ file }) => file === `docs/${name}` || file === chinese + name;
}

/** Links to the web are not asked for: a check must not fail with somebody else's server. */
function brokenLinks(
  root: string,
  page: MarkdownPage,
  pages: ReadonlyMap<string, MarkdownPage>,
): string[] {
  return page.links.flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? page.file : normalize(join(dirname(page.file), path));
    if (!existsSync(join(root, file)))
      return [`${page.file} links to ${link}: there is no ${file}`];
    if (anchor === undefined) return [];
    if (statSync(join(root, file)).isDirectory())
      return [`${page.file} links to ${link}: ${file} is a folder`];
    const isThere = pages.get(file)?.headings.some((heading) => heading.anchor === anchor) ?? false;
    return isThere ? [] : [`${page.file} links to ${link}: ${file} has no such heading`];
  });
}

/** Each page that is there in both languages. */
function translations(pages: ReadonlyMap<string, MarkdownPage>): [MarkdownPage, MarkdownPage][] {
  return [...pages.values()].flatMap((translation) => {
    const { file } = translation;
    if (!file.startsWith(chinese) && !file.endsWith('.zh-CN.md')) return [];
    const page = pages.get(file.replace(chinese, 'docs/').replace('.zh-CN', ''));
    return page ? [[page, translation] as [MarkdownPage, MarkdownPage]] : [];
  });
}

/** Headings stand in the same order and depth, and code is the same to the letter. */
function differences(page: MarkdownPage, translation: MarkdownPage): string[] {
  const where = `${page.file} and ${translation.file}`;
  const faults: string[] = [];
  const depths = [page, translation].map(({ headings }) => headings.map(({ depth }) => depth));
  if (depths[0]?.join() !== depths[1]?.join()) {
    faults.push(
      `${where} differ in their headings: ${depths.map((one) => one.join('')).join(' ')}`,
    );
  }
  const longest = Math.max(page.code.length, translation.code.length);
  for (let index = 0; index < longest; index += 1) {
    if (page.code[index] === translation.code[index]) continue;
    faults.push(`${where} differ in their block of code ${index + 1} of ${longest}`);
  }
  return faults;
}

/** Every code that an error of the source has stands in the page, and no other. */
function errorFaults(root: string, { file, text }: MarkdownPage): string[] {
  const names = readdirSync(join(root, 'src'), { recursive: true }).map(String);
  const sources = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  const known = new Set(
    sources.flatMap((name) => codesIn(readFileSync(join(root, 'src', name), 'utf8'))),
  );
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  const named = new Set(rows.flatMap((row) => /^\| `([a-z_]+\.[a-z_]+)`/.exec(row)?.[1] ?? []));
  return compare(file, 'the error', known, named);
}

/** As they are written, and those that are made of a status's title. */
function codesIn(source: string): string[] {
  const written = [...source.matchAll(/readonly code(?: =|:)((?:[\s|]*'[a-z_.]+')+)/g)].flatMap(
    ([, codes]) => [...codes!.matchAll(/[a-z_.]+/g)].map(([code]) => code),
  );
  const titles = [...source.matchAll(/(?:\b4\d\d,|titles.*\?\?)\s*'([A-Z][a-z ]+)'/g)].map(
    ([, title]) => title!,
  );
  return [
    ...written,
    ...titles.map((title) => `request.${title.toLowerCase().replaceAll(' ', '_')}`),
  ];
}

function compare(
  file: string,
  what: string,
  known: ReadonlySet<string>,
  named: ReadonlySet<string>,
) {
  const missing = [...known].filter((name) => !named.has(name));
  const unknown = [...named].filter((name) => !known.has(name));
  return [
    ...missing.map((name) => `${file} lacks ${what} ${name}`),
    ...unknown.map((name) => `${file} has ${what} ${name}, which is unknown`),
  ];
}
