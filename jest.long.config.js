import config from './jest.config.js';

// Measurements and what takes minutes: `npm run test:long`, one file at a time so that none disturbs
// another's figures. As for the other tests, a file runs on each database unless its name says which.
export default {
  ...config,
  projects: config.projects
    .filter(({ displayName }) => displayName !== 'browser')
    .map((project) => ({ ...project, testMatch: ['<rootDir>/test/long/**/*.spec.ts'] })),
  maxWorkers: 1,
  testTimeout: 600_000,
};
