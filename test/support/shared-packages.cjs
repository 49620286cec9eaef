const { createRequire, isBuiltin } = require('node:module');
const { isNativeError } = require('node:util').types;
const Runtime = require('jest-runtime').default;
require('reflect-metadata');

const errors = [Error, AggregateError, RangeError, SyntaxError, TypeError];
/** Where packages remember classes for as long as the process runs. */
const registries = ['typeormMetadataArgsStorage', 'classValidatorMetadataStorage'];

/**
 * Loads packages as Node does, once for all test files of a process: only our own code is new for each
 * file. To load a thousand modules of Nest and TypeORM for each was a third of the tests' time, and
 * Jest on Node 20 cannot load those that are ES modules.
 */
module.exports = class SharedPackages extends Runtime {
  constructor(config, environment, ...others) {
    super(config, environment, ...others);
    shareBuiltIns(environment.global);
    for (const name of registries) delete globalThis[name];
  }

  requireModule(from, name, options, isRequireActual) {
    const isPackage = /^[^./]/.test(name ?? '') && !isBuiltin(name);
    return isPackage && !options?.isInternalModule
      ? createRequire(from)(name)
      : super.requireModule(from, name, options, isRequireActual);
  }
};

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
