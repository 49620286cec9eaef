import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { version } from '../platform/version.js';
import { variables } from '../config/variables.js';
import { envFile } from '../config/config.module.js';
import { warnOfExposed } from '../config/exposed-files.js';
import { Settings, type DatabaseSettings } from '../config/settings.js';
import { KeyRegistry } from '../keys/key-registry.js';
import type { KeySource } from '../keys/key-state.js';

/** Logs what a start goes by, and what the operator should hear about it. */
export function reportStart(
  app: INestApplicationContext,
  warnings: readonly string[],
  logger: LoggerService,
): void {
  const settings = app.get(Settings);
  logger.log(startReport(settings, app.get(KeyRegistry, { strict: false }).keys), 'Alice');
  const exposed = warnOfExposed(privateFiles(settings));
  for (const warning of [...warnings, ...settings.warnings, ...exposed]) {
    logger.warn(warning, 'Alice');
  }
}

/**
 * What a start goes by, for its one line in the log: whoever looks for a fault begins here. No secret
 * is in it, nor a part of an address that may hold one.
 *
 * @param keys all that the service has
 */
export function startReport(
  settings: Settings,
  keys: Iterable<{ source: KeySource }>,
): Record<string, unknown> {
  const { auth, database, http, limits, upstream } = settings;
  return {
    event: 'start',
    version,
    node: process.version,
    envFile: existsSync(envFile) ? resolve(envFile) : 'none',
    database: placeOf(database),
    auth: auth.mode,
    isTokenDefault: auth.mode === 'none' ? undefined : auth.token === variables.TOKEN.fallback,
    keys: countBySource(keys),
    modelService: new URL(upstream.baseUrl).origin,
    corsOrigins: http.corsOrigins,
    limits: { ...limits, maxBodyBytes: http.maxBodyBytes },
  };
}

function placeOf(database: DatabaseSettings): string {
  if (database.type === 'sqlite') {
    return `sqlite:${database.file === ':memory:' ? database.file : resolve(database.file)}`;
  }
  const { host, pathname } = new URL(database.url);
  return `postgres://${host}${pathname}`;
}

function countBySource(keys: Iterable<{ source: KeySource }>): Record<KeySource, number> {
  const counts = { env: 0, file: 0, api: 0 };
  for (const { source } of keys) counts[source] += 1;
  return counts;
}

/** What nobody else on the machine is to read. */
function privateFiles({ database, keys }: Settings): string[] {
  return [envFile, keys.keyFile, ...(database.type === 'sqlite' ? [database.file] : [])];
}
