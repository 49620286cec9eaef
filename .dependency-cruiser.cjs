/** Who may import whom, from the top down; levels may be skipped. */
const levels = [
  ['cli'],
  ['api'],
  ['responses'],
  ['turns'],
  ['sharing', 'idempotency'],
  ['conversations', 'upstreams'],
  ['keys', 'auth', 'rate-limit'],
  ['providers'],
  ['models'],
  ['platform'],
  ['config'],
];

const folder = (names) => `^src/(${names.join('|')})/`;

const downOnly = levels.slice(1).map((names, index) => ({
  name: `${names.join('-and-')}-import-downwards`,
  comment: 'A lower part that knows a higher one cannot be used, tested or replaced without it.',
  severity: 'error',
  from: { path: folder(names) },
  to: { path: `${folder(levels.slice(0, index + 1).flat())}|^src/[^/]+\\.ts$` },
}));

module.exports = {
  forbidden: [
    ...downOnly,
    {
      name: 'no-cycles',
      comment: 'Parts that need each other are one part.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'root-only-for-who-starts',
      comment: 'What puts the parts together is known to nobody but those who start it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/([^/]+\\.ts$|cli/)' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'surfaces-apart',
      comment: 'The APIs share what is behind them, never each other.',
      severity: 'error',
      from: { path: '^src/api/([^/]+)/', pathNot: '^src/api/docs/build-api-document\\.ts$' },
      to: { path: '^src/api/', pathNot: '^src/api/($1/|docs/api-document\\.ts$|pages/)' },
    },
    {
      name: 'models-and-providers-are-pure',
      comment:
        'A conversation goes in and a request comes out, so that rules can be read and tested alone.',
      severity: 'error',
      from: { path: '^src/(models|providers)/' },
      to: { path: '^src/', pathNot: '^src/(models|providers|config|platform/(text|errors))/' },
    },
    {
      name: 'models-and-providers-do-no-input-or-output',
      comment: 'What waits for nothing can be tested without waiting.',
      severity: 'error',
      from: { path: '^src/(models|providers)/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'statements-in-repositories',
      comment:
        'Whoever speaks SQL sits where SQL is looked for; others name what is to be written. What several repositories say alike is in a *.sql.ts.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '\\.(repository|sql|spec)\\.ts$|^src/platform/database/|^src/api/health/',
      },
      to: { path: '^src/platform/database/(database|statements)\\.ts$' },
    },
    {
      name: 'typeorm-in-repositories',
      comment: 'Tables are known where they are read and written.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '(\\.repository\\.ts|\\.entity\\.ts)$|^src/(platform/database/|cli/data-source\\.ts$)',
      },
      to: { path: 'node_modules/typeorm/' },
    },
    {
      name: 'nestjs-typeorm-in-modules',
      comment:
        'Wiring of the database belongs to modules; repositories take their injection from it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '(\\.module\\.ts|\\.repository\\.ts)$|^src/api/health/' },
      to: { path: 'node_modules/@nestjs/typeorm/' },
    },
    {
      name: 'models-are-called-from-upstreams',
      comment: 'One place calls a model, so that keys, retries and limits hold for every call.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/upstreams/' },
      // The shapes of the OpenAI API are the client's own types, which are gone when it runs.
      to: { path: 'node_modules/(openai|undici)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'throttler-only-in-rate-limit',
      comment: 'The limit is one counter; a second importer would make a second one.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/rate-limit/' },
      to: { path: 'node_modules/@nestjs/throttler/' },
    },
    {
      name: 'scheduler-only-in-tasks',
      comment: 'One place makes the timers of work that repeats, and keeps its runs apart.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/tasks/|\\.spec\\.ts$' },
      to: { path: 'node_modules/@nestjs/schedule/' },
    },
    {
      name: 'redis-only-through-its-connection',
      comment: 'One place waits for Redis, so that every wait is bounded and every outage is seen.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/redis/' },
      to: { path: 'node_modules/ioredis/' },
    },
    {
      name: 'swagger-only-when-asked-for',
      comment:
        'Loading it costs an idle service 14 MiB, so only the documentation does, when opened.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.openapi\\.ts$|^src/(api/docs|platform/openapi)/' },
      to: { path: 'node_modules/@nestjs/swagger/' },
    },
    {
      name: 'checks-only-in-health',
      comment: 'What they cost in memory is paid when a supervisor asks.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/api/health/' },
      to: { path: 'node_modules/@nestjs/terminus/' },
    },
    {
      name: 'no-tests-or-tools-in-src',
      comment: 'What runs in production does not need what proves it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(test|tools)/' },
    },
    {
      name: 'examples-stand-alone',
      comment: 'An example is copied as one file.',
      severity: 'error',
      from: { path: '^examples/' },
      to: { pathNot: '^node_modules/openai/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'declared-packages-only',
      comment: 'A package that is there by chance is gone by the next update.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // A package of its own, on another Node.
    exclude: { path: '^test/clients/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
};
