import { variables as declared } from './variables.js';
import { SettingsError } from './settings.error.js';
import type { Variables } from './variable-reader.js';

interface Flag {
  variable: string;
  /** How help names its value. */
  value: string;
  text: string;
  /** Its value when it stands alone. */
  alone?: string;
}

/** The original's flags, and which setting each one is. */
export const flags = new Map<string, Flag>([
  ['p', { variable: 'PORT', value: 'PORT', text: 'port to listen on; 0 is any free one' }],
  [
    't',
    { variable: 'TOKEN', value: 'TOKEN', text: 'shared secret, which lists of processes show' },
  ],
  [
    'a',
    {
      variable: 'AUTO_REMOVE_KEYS',
      value: '[true|false]',
      text: 'whether rejected API keys are left out',
      alone: 'true',
    },
  ],
  [
    'l',
    {
      variable: 'RATE_LIMIT_PER_MINUTE',
      value: 'CALLS',
      text: 'model calls a minute; 0 is no limit',
    },
  ],
  [
    'db',
    {
      variable: 'DATABASE_URL',
      value: 'URL',
      text: 'sqlite:PATH or postgres://USER@HOST/DATABASE',
    },
  ],
  [
    'auth',
    { variable: 'AUTH_MODE', value: 'MODE', text: `who may call: ${declared.AUTH_MODE.accepts}` },
  ],
  [
    'd',
    {
      variable: 'CONVERSATION_TTL_SECONDS',
      value: 'SECONDS',
      text: 'idle time until a conversation is gone; 0 is never',
    },
  ],
  ['proxy', { variable: 'PROXY_URL', value: 'URL', text: 'HTTP proxy to the model service' }],
]);

/** What the service is to do: `start` unless a flag says otherwise. */
type Action = 'start' | 'check' | 'version' | 'help';

/** Flags that take no value and set nothing. */
const actions = new Map<string, { action: Action; text: string }>([
  ['check', { action: 'check', text: 'do what a start does but listen, and say what is wrong' }],
  ['version', { action: 'version', text: 'print the versions of the service and of Node' }],
  ['help', { action: 'help', text: 'print this' }],
  ['h', { action: 'help', text: 'the same' }],
]);

/** What the command line sets, and what the operator should hear about it. */
export interface CommandLine {
  action: Action;
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
  let action: Action = 'start';
  const variables: Record<string, string> = {};
  const warnings: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const match = /^--?([a-z]+)(?:=(.*))?$/su.exec(word);
    const other = match?.[2] === undefined ? actions.get(match?.[1] ?? '') : undefined;
    if (other) {
      action = other.action;
      continue;
    }
    const flag = flags.get(match?.[1] ?? '');
    // A value may be a secret, so only the name is repeated.
    const name = word.replace(/=.*$/s, '');
    if (!flag) throw new SettingsError([`Unknown argument: ${name}. Known flags: ${flagNames()}`]);
    const value = match?.[2] ?? flagValue(flag.alone, rest);
    if (!value) throw new SettingsError([`${name} needs a value, like ${name}=…`]);
    variables[flag.variable] = value;
  }
  if (variables['DATABASE_URL'] === 'badger') {
    variables['DATABASE_URL'] = declared.DATABASE_URL.fallback;
    warnings.push(
      '-db badger: this service keeps everything in SQLite or PostgreSQL, the default is used',
    );
  }
  return { action, variables, warnings };
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
  return [...[...flags.keys()].map((name) => `-${name}`), ...[...actions.keys()].map(dashed)].join(
    ', ',
  );
}

/** As other programs have it. */
function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/** All flags, a line each. */
export function helpText(): string {
  const lines: [usage: string, text: string][] = [
    ...[...flags].map(([name, { value, variable, text }]): [string, string] => [
      `-${name} ${value}`,
      `${text} (${variable})`,
    ]),
    ...[...actions].map(([name, { text }]): [string, string] => [dashed(name), text]),
  ];
  const width = Math.max(...lines.map(([usage]) => usage.length));
  return [
    'Usage: npm start -- [FLAG]…, or node dist/main.js [FLAG]…',
    '',
    ...lines.map(([usage, text]) => `  ${usage.padEnd(width)}  ${text}`),
    '',
    'One dash or two, `-p 8080` or `-p=8080`. A flag wins over the environment variable that stands',
    'behind it, and that one over .env. .env.example has all settings.',
    '',
  ].join('\n');
}
