import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const defaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'A default export has no name to search for.',
};

/** SQLite's one connection is shared by all, so the statements of others would be rolled back with it. */
const ownTransaction = {
  selector: 'CallExpression[callee.property.name=/^(save|remove|transaction)$/]',
  message:
    'TypeORM opens a transaction for it: make a unit of work, or use insert, update and delete.',
};

/** What says whose data is meant: who calls, or what was taken or made for one who calls. */
const sayWhose = new Set([
  ...['Caller', 'ClaimedConversation', 'ConversationKey', 'CommittedTurn'],
  'UnitOfWork',
]);

const callerFirst = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { missing: 'The first parameter says whose data is meant: take a Caller.' },
  },
  create: (context) => ({
    MethodDefinition({ kind, accessibility, key, value }) {
      if (kind !== 'method' || accessibility === 'private') return;
      if (/^(on|before)[A-Z]/.test(key.name)) return;
      const type = value.params[0]?.typeAnnotation?.typeAnnotation;
      if (sayWhose.has(type?.typeName?.name)) return;
      context.report({ node: key, messageId: 'missing' });
    },
  }),
};

export default tseslint.config(
  {
    // The clients' types are in a package that is installed apart.
    ignores: [
      'dist/',
      'build/',
      'coverage/',
      'data/',
      '*.js',
      '**/*.cjs',
      'tools/build/',
      'tools/browser/*.js',
      'test/clients/',
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      // What is taken out so that the rest is without it.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // DTOs and Nest's options are classes for their decorators; plain objects have their shape too.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A module of Nest is a class with nothing in it but its decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only config/ reads the environment.' },
        { object: 'process', property: 'argv', message: 'Only config/ reads the command line.' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/**/*.spec.ts'],
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      'no-restricted-syntax': ['error', defaultExport],
    },
  },
  {
    files: ['src/**/*.ts'],
    // A stream's heartbeat begins again with every event.
    ignores: ['src/platform/tasks/**', 'src/platform/http/event-stream.ts', 'src/**/*.spec.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'setInterval', message: 'platform/tasks keeps the runs of repeated work apart.' },
      ],
    },
  },
  {
    files: ['src/**/*.repository.ts', 'src/platform/database/**'],
    ignores: ['src/platform/database/migrations/**', '**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', defaultExport, ownTransaction] },
  },
  {
    files: [
      'src/{conversations,turns,responses,sharing,idempotency}/*.service.ts',
      'src/responses/response-store.ts',
    ],
    // They keep nothing, and read nothing that is kept.
    ignores: ['src/turns/{stateless-answers,context-window}.service.ts'],
    plugins: { alice: { rules: { 'caller-first': callerFirst } } },
    rules: { 'alice/caller-first': 'error' },
  },
  {
    files: [
      'src/main.ts',
      'src/cli/database-command.ts',
      'src/config/**',
      'src/cli/data-source.ts',
      'test/**',
      'tools/**',
      '**/*.spec.ts',
      'ormconfig.ts',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // What browsers run.
    files: ['src/api/docs/page/*.js', 'src/api/pages/assets/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: Object.fromEntries(
        [
          ...['document', 'fetch', 'matchMedia', 'getSelection', 'navigator', 'sessionStorage'],
          ...['Response', 'TextDecoder', 'TransformStream', 'URL', 'setTimeout'],
          ...['AbortController', 'Option', 'TextDecoderStream', 'TextEncoder', 'crypto'],
          ...['innerHeight', 'scrollTo', 'scrollY'],
        ].map((name) => [name, 'readonly']),
      ),
    },
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
  {
    files: ['test/**', 'tools/**', '**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
  {
    // Files that stand alone, with the globals of Node.js that they use: no project knows their types.
    files: ['examples/**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'AbortController',
          'Buffer',
          'Response',
          'TextDecoderStream',
          'URL',
          'console',
          'fetch',
        ].map((name) => [name, 'readonly']),
      ),
    },
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      'no-restricted-properties': 'off',
    },
  },
);
