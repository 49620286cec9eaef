import { findFaults } from './faults.js';

const faults = findFaults('.');
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log('The pages agree with each other and with what they describe');
