import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { errorsPage, errorsPageFile } from './errors-page.js';
import { findFaults } from './faults.js';
import { madeFiles } from './made-files.js';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'alice-docs-'));
  write('src/some.errors.ts', "readonly code = 'some.error';\nsuper(408, 'Body too slow', 'x');\n");
  writeErrors('| `some.error` | x |\n| `request.body_too_slow` | x |\n');
  write('README.md', '# Alice\n\n[Errors](docs/api/errors.md)\n\n```sh\nnpm ci\n```\n');
  write('README.zh-CN.md', '# 爱丽丝\n\n```sh\nnpm ci\n```\n');
  for (const { file, text } of madeFiles(root)) write(file, text);
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

/** The page of the settings refers to pages that are not here. */
function faultsBesideLinks(): string[] {
  return findFaults(root).filter((fault) => !fault.includes(' links to '));
}

function writeErrors(text: string): void {
  write('docs/api/errors.md', text);
  write(errorsPageFile, errorsPage(text));
}

describe('the faults of the pages', () => {
  it('are none where all is well', () => {
    write(
      'docs/page.md',
      '# One `thing`, twice\n\n[itself](#one-thing-twice) [web](https://a.example/#x)\n',
    );
    expect(findFaults(root)).toEqual([]);
  });

  it.each([
    ['[x](docs/none.md)', 'README.md links to docs/none.md: there is no docs/none.md'],
    [
      '[x](docs/api/errors.md#none)',
      'README.md links to docs/api/errors.md#none: docs/api/errors.md has no such heading',
    ],
    ['[x](#none)', 'README.md links to #none: README.md has no such heading'],
    ['![x](docs/none.png)', 'README.md links to docs/none.png: there is no docs/none.png'],
  ])('are links that lead nowhere: %s', (link, fault) => {
    write('README.md', `# Alice\n\n${link}\n\n\`\`\`sh\nnpm ci\n\`\`\`\n`);
    expect(findFaults(root)).toEqual([fault]);
  });

  it('are headings and code that one language has otherwise', () => {
    write('README.zh-CN.md', '# 爱丽丝\n\n## 二\n\n```sh\nnpm install\n```\n');
    expect(findFaults(root)).toEqual([
      'README.md and README.zh-CN.md differ in their headings: 1 12',
      'README.md and README.zh-CN.md differ in their block of code 1 of 1',
    ]);
  });

  it('are errors of a class that has one of several', () => {
    write('src/two.errors.ts', "constructor(readonly code: 'two.one' | 'two.other') {}\n");
    writeErrors('| `some.error` |\n| `request.body_too_slow` |\n| `two.one` |\n');
    expect(findFaults(root)).toEqual(['docs/api/errors.md lacks the error two.other']);
  });

  it('are errors that are not described, and those that are not there', () => {
    writeErrors('| `some.error` | x |\n| `other.error` | x |\n');
    expect(findFaults(root)).toEqual([
      'docs/api/errors.md lacks the error request.body_too_slow',
      'docs/api/errors.md has the error other.error, which is unknown',
    ]);
  });

  it.each([
    ['.env.example', '#PORT=7777', '#PORT=7778'],
    ['docs/configuration.md', '0 to 65535', '1 to 65535'],
    ['docs/configuration.md', '| `HOST` ', '| `HOTS` '],
  ])('are settings of %s that are declared otherwise', (file, right, wrong) => {
    write('docs/configuration.md', '# Configuration\n');
    for (const made of madeFiles(root)) write(made.file, made.text);
    expect(faultsBesideLinks()).toEqual([]);
    write(file, readFileSync(join(root, file), 'utf8').replace(right, wrong));
    expect(faultsBesideLinks()).toEqual([
      `${file} is not what src/config/variables.ts says: npm run check:docs -- --write`,
    ]);
  });

  it('are settings without a meaning in a translation, and nothing that a formatter fills in', () => {
    const file = 'docs/zh-CN/configuration.md';
    write(file, '# 配置\n\n| 变量 | 默认值 | 取值 | 含义 |\n| --- | --- | --- | --- |\n');
    const rows = madeFiles(root).find((made) => made.file === file)!.text;
    const filled = rows.replaceAll(/(?<=`\w+` .*)\| {2}\|$/gm, '|   有   |');
    write(file, filled.replace('`PORT` | `7777` ', '`PORT`   | `7777`     '));
    expect(findFaults(root)).toEqual([]);
    write(file, filled.replace(/(`PORT` .*)\| {3}有 {3}\|/, '$1|  |'));
    expect(findFaults(root)).toEqual([`${file} does not say what PORT means`]);
  });

  it('are a copy that is not what it was made from', () => {
    write(errorsPageFile, errorsPage('| `some.error` | x |\n'));
    expect(findFaults(root)).toEqual([
      'src/api/docs/page/errors.html is not what docs/api/errors.md says: npm run check:docs -- --write',
    ]);
  });

  it('are not the rows of the copy, which can be referred to by their codes', () => {
    const page = errorsPage('| code | cure |\n|---|---|\n| `some.error` | [wait](keys.md) |\n');
    expect(page).toContain('<tr id="some.error">');
    expect(page).toContain('<td>wait</td>');
  });
});
