// Puts the compiled service and its libraries into few files: it starts in about half the time and
// with a fifth less memory than from thousands of separate modules. Parts that are imported
// dynamically (the API's documentation) stay in files of their own and are loaded when first used.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// Native code and static files stay where npm put them.
const installed = ['better-sqlite3', 'swagger-ui-dist'];

// What the libraries would load if it were there: other transports and parsers.
const optional = [
  '@nestjs/microservices',
  '@nestjs/websockets',
  '@fastify/*',
  '@mikro-orm/*',
  '@as-integrations/*',
  'class-transformer',
];

// Parts of libraries that are loaded with them and never used here: drivers of other databases,
// the numbering plans behind a phone number validator, uploads of files, character sets of bodies
// (they are UTF-8), calendars of cron expressions, entities found by file name, and metrics of clusters.
const unused = new RegExp(
  [
    'typeorm/driver/(aurora-|capacitor|cockroachdb|cordova|expo|mongodb|mysql|nativescript|oracle|react-native|sap|spanner|sqljs|sqlserver)',
    'libphonenumber-js/',
    '(multer|busboy)/',
    'iconv-lite/encodings/',
    'luxon/',
    '@sqltools/formatter/',
    '(tinyglobby|fdir|picomatch)/',
    'prom-client/lib/(cluster|defaultMetrics|pushgateway|summary)\\.js$',
  ]
    .map((part) => `/node_modules/${part}`)
    .join('|'),
);

const nodeModules = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const undiciClient = fileURLToPath(new URL('undici-client.cjs', import.meta.url));

// The editions in ES modules, of which only what is used comes along; Node's own choice are others.
const asModules = {
  rxjs: 'rxjs/dist/esm/index.js',
  'rxjs/operators': 'rxjs/dist/esm/operators/index.js',
  'class-validator': 'class-validator/esm2015/index.js',
};

const leaveOutUnused = {
  name: 'leave-out-unused',
  setup(bundle) {
    bundle.onResolve({ filter: /^undici$/ }, () => ({ path: undiciClient }));
    bundle.onResolve({ filter: /^(rxjs(\/operators)?|class-validator)$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path: `${nodeModules}${asModules[path]}` } : undefined,
    );
    bundle.onLoad({ filter: unused }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
    bundle.onLoad({ filter: /\/node_modules\/openai\/resources\// }, emptyClasses);
    bundle.onLoad({ filter: /\/node_modules\/mime-db\/db\.json$/ }, webTypes);
  },
};

/** The client makes one of each of its resources; calls go through its generic `post` and `get`. */
function emptyClasses({ path }) {
  const text = readFileSync(path, 'utf8');
  const classes = [...text.matchAll(/^export class (\w+)/gm)].map(([, name]) => name);
  const others = text.match(/^export (\{[^}]*\}|\*) from .*$/gm) ?? [];
  return { contents: [...classes.map((name) => `export class ${name} {}`), ...others].join('\n') };
}

/** Of 2,000 content types, those that the service sends or reads. */
function webTypes({ path }) {
  const all = Object.entries(JSON.parse(readFileSync(path, 'utf8')));
  const used =
    /^(text\/(plain|html|css|javascript|event-stream)|application\/(json|problem\+json|javascript|x-www-form-urlencoded|octet-stream)|multipart\/form-data|image\/(png|svg\+xml))$/;
  const kept = all.filter(([type]) => used.test(type));
  return { contents: JSON.stringify(Object.fromEntries(kept)), loader: 'json' };
}

/**
 * esbuild's helper names every closure each time it is made, which cost about 5% of a call. Only classes
 * need their names, and those begin with a capital letter.
 */
function namingClassesOnly(text) {
  return text.replace(
    /(__name=\((\w+),(\w+)\)=>)(__defProp\()/,
    (_helper, head, target, name, define) => `${head}${name}.charCodeAt(0)>90?${target}:${define}`,
  );
}

rmSync('dist', { recursive: true, force: true });
const { metafile, outputFiles } = await build({
  entryPoints: ['build/main.js', 'build/cli/rotate-secret.js', 'build/cli/database-command.js'],
  outdir: 'dist',
  entryNames: '[name]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Nest and TypeORM name things by their classes.
  keepNames: true,
  // Shorter sources take less memory; names and lines stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  plugins: [leaveOutUnused],
  external: [...installed, ...optional],
  banner: {
    // CommonJS libraries inside of an ES module need these.
    js: "import { createRequire as createRequireOfNode } from 'node:module'; const require = createRequireOfNode(import.meta.url);",
  },
  logLevel: 'warning',
  metafile: true,
  write: false,
});
mkdirSync('dist');
const written = outputFiles.map(({ path, text }) => ({
  path,
  text,
  lean: namingClassesOnly(text),
}));
if (written.every(({ text, lean }) => text === lean)) {
  throw new Error("esbuild's helper __name is not found: closures would be named again");
}
for (const { path, lean } of written) writeFileSync(path, lean);
// What pages are made of lies beside the code that sends it, here as in src.
cpSync('src/api/docs/page', 'dist/page', { recursive: true });
cpSync('src/api/pages/assets', 'dist/assets', { recursive: true });
const outputs = Object.values(metafile.outputs);
const kilobytes = Math.round(outputs.reduce((sum, { bytes }) => sum + bytes, 0) / 1024);
console.log(`dist/: ${outputs.length} files, ${kilobytes} KiB`);
