import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorsPage, errorsPageFile } from './errors-page.js';
import { envExample, envExampleFile, settingsPage, settingsPages } from './settings-pages.js';

/** A file of a checkout that is made, in whole or in part, and what it is made from. */
interface MadeFile {
  file: string;
  /** As it must be, but for the formatter's blanks in tables. */
  text: string;
  source: string;
}

const errorsFile = 'docs/api/errors.md';
const variablesFile = 'src/config/variables.ts';

/** Those whose sources are there. */
export function madeFiles(root: string): MadeFile[] {
  const errors = textOf(root, errorsFile);
  const pages = settingsPages.flatMap(({ file, language }) => {
    const page = textOf(root, file);
    if (page === null) return [];
    return [{ file, text: settingsPage(page, language), source: variablesFile }];
  });
  return [
    { file: envExampleFile, text: envExample(), source: variablesFile },
    ...pages,
    ...(errors === null
      ? []
      : [{ file: errorsPageFile, text: errorsPage(errors), source: errorsFile }]),
  ];
}

/** Whether the checkout has it as it must be. */
export function isCurrent(root: string, { file, text }: MadeFile): boolean {
  return withoutBlanks(textOf(root, file) ?? '') === withoutBlanks(text);
}

/** The rows of tables without what the formatter fills their cells with. */
function withoutBlanks(text: string): string {
  return text.replaceAll(/^\|.*$/gm, (row) =>
    row.replaceAll(/ *\| */g, '|').replaceAll(/-{3,}/g, '---'),
  );
}

function textOf(root: string, file: string): string | null {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
