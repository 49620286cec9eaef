const { createRequire } = require('node:module');
const path = require('node:path');

// The sequencer that Jest has by itself, and so of the same version.
const { default: Sequencer } = createRequire(require.resolve('jest-runtime'))(
  '@jest/test-sequencer',
);

/** Whose tests wait for processes and leases, longer than their size tells. */
const longFolders = ['process', 'replicas'].map((name) => path.join('test', name, path.sep));

/**
 * Begins with what takes longest, so that no core is left with one long file at the end. Jest knows how
 * long files took the last time; of those that it has not run here, tests of processes come first.
 */
module.exports = class LongFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort([...tests]);
    const isLong = ({ path: file, duration }) =>
      duration === undefined && longFolders.some((folder) => file.includes(folder));
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
};
