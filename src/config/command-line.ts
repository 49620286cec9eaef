import { defaultDatabaseUrl } from './settings.js';
import { SettingsError } from './settings.error.js';
import type { Variables } from './variable-reader.js';

/** The original's flags, which setting each one is, and which may stand without a value. */
const flags = new Map<string, { variable: string; alone?: string }>([
  ['p', { variable: 'PORT' }],
  ['t', { variable: 'TOKEN' }],
  ['a', { variable: 'AUTO_REMOVE_KEYS', alone: 'true' }],
  ['l', { variable: 'RATE_LIMIT_PER_MINUTE' }],
  ['db', { variable: 'DATABASE_URL' }],
  ['auth', { variable: 'AUTH_MODE' }],
  ['d', { variable: 'CONVERSATION_TTL_SECONDS' }],
  ['proxy', { variable: 'PROXY_URL' }],
]);

/** What the command line sets, and what the operator should hear about it. */
export interface CommandLine {
  variables: Variables;
  warnings: string[];
}

/**
 * Reads the original's command line: single or double dash, `-p 8080` or `-p=8080`, `-a` alone.
 * Written out because node's parseArgs reads `-db` as `-d b`.
 *
 * @throws SettingsError for an unknown flag or a flag without its value
 */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const variables: Record<string, string> = {};
  const warnings: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const match = /^--?([a-z]+)(?:=(.*))?$/su.exec(word);
    const flag = flags.get(match?.[1] ?? '');
    // A value may be a secret, so only the name is repeated.
    const name = word.replace(/=.*$/s, '');
    if (!flag) throw new SettingsError([`Unknown argument: ${name}. Known flags: ${flagNames()}`]);
    const value = match?.[2] ?? flagValue(flag.alone, rest);
    if (!value) throw new SettingsError([`${name} needs a value, like ${name}=…`]);
    variables[flag.variable] = value;
  }
  if (variables['DATABASE_URL'] === 'badger') {
    variables['DATABASE_URL'] = defaultDatabaseUrl;
    warnings.push(
      '-db badger: this service keeps everything in SQLite or PostgreSQL, the default is used',
    );
  }
  return { variables, warnings };
}

/** The next word, unless the flag can stand alone and the next word does not look like its value. */
function flagValue(alone: string | undefined, rest: string[]): string | undefined {
  const next = rest[0];
  if (alone !== undefined && (next === undefined || !/^(true|false|0|1)$/i.test(next))) {
    return alone;
  }
  return rest.shift();
}

function flagNames(): string {
  return [...flags.keys()].map((name) => `-${name}`).join(', ');
}
