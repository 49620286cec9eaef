// npm run check:docs [-- --write]: with it, what is made from something else is made again.
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { findFaults } from './faults.js';
import { isCurrent, madeFiles } from './made-files.js';

if (process.argv.includes('--write')) {
  for (const made of madeFiles('.').filter((one) => !isCurrent('.', one))) {
    const { file, text } = made;
    const options = { ...(await resolveConfig(file)), filepath: file };
    writeFileSync(file, file.endsWith('.md') ? await format(text, options) : text);
  }
}

const faults = findFaults('.');
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log('The pages agree with each other and with what they describe');
