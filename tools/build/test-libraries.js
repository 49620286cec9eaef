// Puts each library that the tests load into one CommonJS file, once for each state of package-lock.json.
// Every test file has modules of its own: to find and compile a thousand small ones each time took twice
// as long, and Jest on Node 20 cannot load the ES modules of Nest.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// By the names that they are imported by. The packages of Nest share inner modules, so they share a file.
const libraries = {
  nest: [
    '@nestjs/common',
    '@nestjs/common/constants.js',
    '@nestjs/config',
    '@nestjs/core',
    '@nestjs/platform-express',
    '@nestjs/schedule',
    '@nestjs/swagger',
    '@nestjs/terminus',
    '@nestjs/testing',
    '@nestjs/throttler',
    '@nestjs/typeorm',
  ],
  rxjs: ['rxjs', 'rxjs/operators'],
  'class-validator': ['class-validator'],
  express: ['express'],
  openai: ['openai'],
  'prom-client': ['prom-client'],
  typeorm: ['typeorm'],
  undici: ['undici'],
};
const names = Object.values(libraries).flat();

// What it remembers must not be there twice.
const inModules = ['reflect-metadata'];

const root = fileURLToPath(new URL('../../', import.meta.url));

// Every import finds what `require` would: else a library that has two editions would be there twice.
// What is not installed stays an import that fails where it is tried.
const oneEdition = {
  name: 'one-edition',
  setup(bundle) {
    bundle.onResolve(
      { filter: /^[^./]/ },
      async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (pluginData === oneEdition || kind === 'entry-point') return undefined;
        const asRequired = { kind: 'require-call', importer, resolveDir, pluginData: oneEdition };
        const found = await bundle.resolve(path, asRequired);
        return found.errors.length > 0 ? { path, external: true } : found;
      },
    );
  },
};

/**
 * Makes the files unless they are there.
 *
 * @returns what they stand for, as an entry of Jest's `moduleNameMapper`
 */
export async function bundleTestLibraries() {
  const key = createHash('sha256')
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const folder = join(root, 'node_modules/.cache/alice', `libraries-${key.slice(0, 16)}`);
  if (!existsSync(folder)) await fill(folder);
  return { [`^(${names.join('|')})$`]: `${folder}/$1.cjs` };
}

/** All of them or none, as another run may make them at the same moment. */
async function fill(folder) {
  const unfinished = `${folder}.${process.pid}`;
  await Promise.all(
    Object.keys(libraries).map((library) =>
      bundle(library, join(unfinished, `${library}.bundle.cjs`)),
    ),
  );
  for (const [library, entries] of Object.entries(libraries)) {
    for (const name of entries) {
      const file = join(unfinished, `${name}.cjs`);
      const bundled = JSON.stringify(join(folder, `${library}.bundle.cjs`));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `module.exports = require(${bundled})['${name}'];\n`);
    }
  }
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}

/** One file whose exports are the entries, each evaluated when it is first asked for. */
async function bundle(library, outfile) {
  const entries = libraries[library];
  const exported = entries.map((name) => `get '${name}'() { return require('${name}'); }`);
  await build({
    stdin: { contents: `module.exports = { ${exported.join(', ')} };`, resolveDir: root },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // What Jest's modules do not have.
    supported: { 'dynamic-import': false },
    banner: { js: "const urlOfThis = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'urlOfThis' },
    // Nest and TypeORM name things by their classes.
    keepNames: true,
    // Shorter sources are compiled sooner; names and lines stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 120,
    external: [...inModules, ...names.filter((name) => !entries.includes(name))],
    plugins: [oneEdition],
    logLevel: 'error',
  });
}
