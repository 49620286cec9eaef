import { existsSync, statfsSync } from 'node:fs';
import { findChromium } from './tools/browser/find-chromium.js';

// Tests make databases by the hundred, files of which nobody needs on a disk.
const memory = '/dev/shm';
const fewestMemoryBytes = 2 * 1024 ** 3;
if (process.env.TMPDIR === undefined && existsSync(memory)) {
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize >= fewestMemoryBytes) process.env.TMPDIR = memory;
}

const project = {
  rootDir: '.',
  testEnvironment: 'node',
  runtime: '<rootDir>/test/support/shared-modules.cjs',
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/', '<rootDir>/test/clients/'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // Jest on Node 20 cannot load our ES modules, so swc compiles them to CommonJS.
  transform: {
    '^.+\\.[tj]s$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
      },
    ],
  },
};

// End to end, every test runs on both databases, but for those whose names say the one they are for,
// and these: what they are about is decided before or without any statement, or by the answer of the
// model service.
const withoutDatabase = [
  'e2e/auth-simple',
  'e2e/body-bounds',
  'e2e/common-headers',
  'e2e/connections',
  'e2e/docs',
  'e2e/guesses',
  'e2e/home-page',
  'e2e/hosts',
  'e2e/keys-choice',
  'e2e/keys-file',
  'e2e/model-requests',
  'e2e/pages',
  'e2e/rate-limit',
  'e2e/refused-parameters',
  'e2e/try-page',
  'e2e/unknown-routes',
  'e2e/unread-bodies',
  'e2e/upstream-connection',
  'e2e/upstream-odd-answers',
  'e2e/upstream-retries',
  'e2e/upstream-servers',
  'e2e/upstream-sizes',
  'e2e/upstream-state',
  'e2e/upstream-timeouts',
  'openai/acceptance-errors',
  'openai/model-bounds',
  'openai/openai-schema',
  'openai/passthrough',
];

const sqlite = {
  ...project,
  displayName: 'sqlite',
  testMatch: [
    '<rootDir>/src/**/*.spec.ts',
    '<rootDir>/tools/**/*.spec.ts',
    '<rootDir>/test/{e2e,examples,openai,process}/**/*.spec.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/', '\\.postgres\\.spec\\.ts$'],
};
const postgres = {
  ...project,
  displayName: 'postgres',
  testMatch: ['<rootDir>/test/{e2e,openai,replicas}/**/*.spec.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '\\.sqlite\\.spec\\.ts$',
    `/(${withoutDatabase.join('|')})\\.spec\\.ts$`,
  ],
  setupFiles: ['<rootDir>/test/support/on-postgres.ts'],
  globalSetup: '<rootDir>/test/support/postgres-server.ts',
  globalTeardown: '<rootDir>/test/support/postgres-server.teardown.ts',
};
const browser = {
  ...project,
  displayName: 'browser',
  testMatch: ['<rootDir>/test/browser/**/*.spec.ts'],
};

const databases = process.env.ALICE_TEST_ONLY === 'sqlite' ? [sqlite] : [sqlite, postgres];

const usual = () => {
  if (findChromium() !== null) return { projects: [...databases, browser] };
  console.warn('No Chromium here: the tests of the pages in a browser (test/browser) are left out');
  return { projects: databases };
};

// Measurements and what takes minutes: `npm run test:long`, one file at a time so that none disturbs
// another's figures. As for the other tests, a file runs on each database unless its name says which.
const long = () => ({
  projects: databases.map((project) => ({
    ...project,
    testMatch: ['<rootDir>/test/long/**/*.spec.ts'],
  })),
  maxWorkers: 1,
  testTimeout: 600_000,
});

export default {
  globalSetup: '<rootDir>/test/openai/client-schemas.ts',
  testSequencer: '<rootDir>/test/support/long-first.sequencer.cjs',
  // More than two cores have work for: much of what tests do is waiting, for processes and leases.
  maxWorkers: 6,
  // A worker grows with every file.
  workerIdleMemoryLimit: '900MB',
  // Against tests that hang, not slow machines: nothing takes as long where every core has other work.
  testTimeout: 180_000,
  ...(process.env.ALICE_TEST_LONG === 'true' ? long() : usual()),
};
