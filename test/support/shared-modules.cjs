const { existsSync, readFileSync } = require('node:fs');
const { createRequire, isBuiltin } = require('node:module');
const { dirname, join, resolve } = require('node:path');
const { isNativeError } = require('node:util').types;
const { compileFunction } = require('node:vm');
const Runtime = require('jest-runtime').default;
require('reflect-metadata');

const errors = [Error, AggregateError, RangeError, SyntaxError, TypeError];
/** Where packages remember classes for as long as the process runs. */
const registries = ['typeormMetadataArgsStorage', 'classValidatorMetadataStorage'];

const root = resolve(__dirname, '../..');
/** Code of ours that is loaded once for all test files of a process. */
const sharedFolders = ['src', 'tools'].map((name) => join(root, name, '/'));
/** What a test file says that puts something else in the place of what our code uses. */
const replacement = /jest\.(mock|useFakeTimers)\(|spyOn\((globalThis|Math),/;

/** Of our own code, by its path, with where the source map of each file is. */
const sharedModules = new Map();
const sharedSourceMaps = new Map();
/** What stands in the registries about shared code, while a test file has code of its own. */
const sharedEntries = {};
/**
 * What Jest knows by it which test runs. Its tests of one file run one after the other, and Node's own
 * follows every promise of the code under test.
 */
const oneAfterTheOther = {
  AsyncLocalStorage: class {
    getStore() {
      return this.store;
    }

    async run(store, work) {
      const outer = this.store;
      this.store = store;
      try {
        return await work();
      } finally {
        this.store = outer;
      }
    }
  },
};
/** What runs the test file of now. */
let current = null;

/**
 * Loads packages and the code under test once for all test files of a process: only the test file and
 * what supports it are new for each. To load and warm up all of Nest, TypeORM and the service for each
 * was half of the tests' time, and Jest on Node 20 cannot load packages that are ES modules. A file that
 * replaces modules, timers or other built-ins has the code under test for itself.
 */
module.exports = class SharedModules extends Runtime {
  constructor(config, environment, resolver, transformer, cacheFS, coverage, testPath, ...others) {
    super(config, environment, resolver, transformer, cacheFS, coverage, testPath, ...others);
    current = this;
    this.shares = !replacement.test(readFileSync(testPath, 'utf8'));
    shareBuiltIns(environment.global);
    if (this.shares) {
      for (const [file, map] of sharedSourceMaps) this.getSourceMaps().set(file, map);
    } else {
      for (const name of registries) {
        sharedEntries[name] = globalThis[name];
        delete globalThis[name];
      }
    }
  }

  requireModule(from, name, options, isRequireActual) {
    if (options?.isInternalModule && name === 'node:async_hooks') return oneAfterTheOther;
    if (!name || options?.isInternalModule || isBuiltin(name)) {
      return super.requireModule(from, name, options, isRequireActual);
    }
    if (/^[^./]/.test(name)) return createRequire(from)(name);
    const file = fileOf(from, name);
    return this.shares && isShared(file)
      ? requireShared(file)
      : super.requireModule(from, file, options, isRequireActual);
  }

  teardown() {
    super.teardown();
    if (!this.shares) Object.assign(globalThis, sharedEntries);
  }
};

/** Loads a module of ours as Node would, compiled by the transformer of the file that is tested now. */
function requireShared(file) {
  const known = sharedModules.get(file);
  if (known) return known.exports;
  const module = { exports: {} };
  sharedModules.set(file, module);
  try {
    execute(module, file);
  } catch (error) {
    sharedModules.delete(file);
    throw error;
  }
  return module.exports;
}

function execute(module, file) {
  const code = current.transformCache.transform(file);
  const sourceMap = current.getSourceMaps().get(file);
  if (sourceMap) sharedSourceMaps.set(file, sourceMap);
  const parameters = ['module', 'exports', 'require', '__dirname', '__filename'];
  const load = (name) => {
    return /^[./]/.test(name) ? requireShared(fileOf(file, name)) : createRequire(file)(name);
  };
  compileFunction(code, parameters, { filename: file }).call(
    module.exports,
    ...[module, module.exports, load, dirname(file), file],
  );
}

/** The file of ours that an import of a `.js` or without an ending means. */
function fileOf(from, name) {
  const path = resolve(dirname(from), name);
  const source = path.replace(/(\.js)?$/, '.ts');
  return existsSync(source) ? source : path;
}

function isShared(file) {
  return file.endsWith('.ts') && sharedFolders.some((folder) => file.startsWith(folder));
}

/** A test file has built-ins of its own, and packages those of the process; each takes the other's. */
function shareBuiltIns(global) {
  for (const name of Object.getOwnPropertyNames(Reflect)) global.Reflect[name] ??= Reflect[name];
  for (const ofProcess of errors) {
    alsoTake(global[ofProcess.name], (thing) => thing instanceof ofProcess);
  }
}

/** Makes `instanceof` of a built-in true for more. */
function alsoTake(builtIn, isOne) {
  const isOwn = builtIn[Symbol.hasInstance];
  Object.defineProperty(builtIn, Symbol.hasInstance, {
    value(thing) {
      return isOwn.call(this, thing) || (this === builtIn && isOne(thing));
    },
  });
}

alsoTake(Object, (thing) => typeof thing === 'object' && thing !== null);
alsoTake(Error, isNativeError);
