// npm run check:docs [-- --write]: with it, the page that is made from another one is made again.
import { readFileSync, writeFileSync } from 'node:fs';
import { errorsPage, errorsPageFile } from './errors-page.js';
import { findFaults } from './faults.js';

if (process.argv.includes('--write')) {
  writeFileSync(errorsPageFile, errorsPage(readFileSync('docs/api/errors.md', 'utf8')));
}

const faults = findFaults('.');
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log('The pages agree with each other and with what they describe');
