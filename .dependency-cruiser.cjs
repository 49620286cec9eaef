/** Who may import whom, from the top down; levels may be skipped. */
const levels = [
  ['docs'],
  // Operators' door to the keys: it asks who calls and probes upstream, which keys themselves do not.
  ['chatgpt-api', 'openai-api', 'keys/admin', 'health'],
  ['sharing', 'turns', 'responses', 'idempotency'],
  ['auth', 'rate-limit', 'conversations', 'upstream'],
  ['providers', 'keys'],
  ['database', 'redis'],
  ['config', 'common'],
];

/** What the documentation is written with is below the doors, which write it. */
const folder = (names) => `^src/(${names.join('|')})/(?!describe/|admin/)`;

const downOnly = levels.slice(1).map((names, index) => ({
  name: `${names.join('-and-')}-import-downwards`,
  comment: 'A lower part that knows a higher one cannot be used, tested or replaced without it.',
  severity: 'error',
  from: { path: folder(names), pathNot: '^src/database/entities\\.ts$' },
  to: { path: folder(levels.slice(0, index + 1).flat()) },
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
      name: 'entities-list-only-entities',
      comment: 'The database lists every table, and needs nothing else of the features.',
      severity: 'error',
      from: { path: '^src/database/entities\\.ts$' },
      to: { path: '^src/', pathNot: '\\.entity\\.ts$' },
    },
    {
      name: 'doors-apart',
      comment: 'Doors share what is behind them, never each other.',
      severity: 'error',
      from: { path: '^src/(chatgpt-api|openai-api)/' },
      to: { path: '^src/(chatgpt-api|openai-api)/', pathNot: '^src/$1/' },
    },
    {
      name: 'providers-are-pure',
      comment:
        'A transcript goes in and a request comes out, so that rules can be read and tested alone.',
      severity: 'error',
      from: { path: '^src/providers/' },
      to: { path: '^src/', pathNot: '^src/(providers|config|common/text)/' },
    },
    {
      name: 'typeorm-in-repositories',
      comment: 'Whoever speaks SQL sits where SQL is looked for.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '(\\.repository\\.ts|\\.entity\\.ts)$|^src/database/',
      },
      to: { path: 'node_modules/typeorm/' },
    },
    {
      name: 'nestjs-typeorm-in-modules',
      comment:
        'Wiring of the database belongs to modules; repositories take their injection from it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '(\\.module\\.ts|\\.repository\\.ts)$|^src/health/' },
      to: { path: 'node_modules/@nestjs/typeorm/' },
    },
    {
      name: 'models-only-from-upstream',
      comment: 'One place calls a model, so that keys, retries and limits hold for every call.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/upstream/' },
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
      name: 'redis-only-through-its-connection',
      comment: 'One place waits for Redis, so that every wait is bounded and every outage is seen.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/redis/' },
      to: { path: 'node_modules/ioredis/' },
    },
    {
      name: 'swagger-only-when-asked-for',
      comment:
        'Loading it costs an idle service 14 MiB, so only the documentation does, when opened.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.openapi\\.ts$|^src/(docs|common/openapi)/' },
      to: { path: 'node_modules/@nestjs/swagger/' },
    },
    {
      name: 'metrics-and-checks-only-in-health',
      comment:
        'What they cost in memory is paid when a supervisor asks; all others count in numbers of their own.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/health/' },
      to: { path: 'node_modules/(prom-client|@nestjs/terminus)/' },
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
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
};
