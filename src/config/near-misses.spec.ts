import { readSettings } from './read-settings.js';
import type { Variables } from './variable-reader.js';

/** What is said of these, with a token that nothing is to be said of. */
function warningsOf(variables: Variables, envFile?: string): readonly string[] {
  return readSettings({ TOKEN: 'a token of its own', ...variables }, envFile).warnings;
}

describe('names in the environment', () => {
  it.each([
    ['token', 'TOKEN'],
    ['Port', 'PORT'],
    ['TOKENS', 'TOKEN'],
    ['HOSTS', 'HOST'],
    ['OPENAI_API_KEYSS', 'OPENAI_API_KEYS'],
    ['openai_api_keys', 'OPENAI_API_KEYS'],
    ['ADMINTOKEN', 'ADMIN_TOKEN'],
    ['ADMIN-TOKEN', 'ADMIN_TOKEN'],
    ['ADMIN_TOKE', 'ADMIN_TOKEN'],
    ['ADMIN_TOKEM', 'ADMIN_TOKEN'],
    ['ADMIN_TOKNE', 'ADMIN_TOKEN'],
    ['MAX_CONVERSATIONS_BYTES', 'MAX_CONVERSATION_BYTES'],
    ['RATE_LIMITS_PER_MINUTE', 'RATE_LIMIT_PER_MINUTE'],
  ])('are warned of when a setting was most likely meant: %s', (name, setting) => {
    expect(warningsOf({ [name]: 'hunter2' })).toEqual([
      `${name} is not a setting: ${setting} may be meant`,
    ]);
  });

  it.each([
    'PATH',
    'HOME',
    'POST',
    'HOSTNAME',
    'SHELL',
    'LANG',
    'TERM',
    'USER',
    'NODE_ENV',
    'NODE_OPTIONS',
    'POSTGRES_PASSWORD',
    'http_proxy',
    'ALICE_PORT',
    'ALICE_SERVICE_HOST',
    'npm_config_user_agent',
    'GITHUB_TOKEN',
    'OPENAI_ORG_ID',
    'ADMIN_TOKENXX',
  ])('are not when they are ordinary ones: %s', (name) => {
    expect(warningsOf({ [name]: 'x' })).toEqual([]);
  });
});

describe('lines of an env file', () => {
  it.each([
    ['TOKEN:hunter2', 'TOKEN'],
    ['TOKEN hunter2', 'TOKEN'],
    ['TOKEN：hunter2', 'TOKEN'],
    ['export TOKEN:hunter2', 'TOKEN'],
    ['set TOKEN=hunter2', 'TOKEN'],
    ['"TOKEN"=hunter2', 'TOKEN'],
    ['- TOKEN=hunter2', 'TOKEN'],
    ['PORT=1\r\n  tokens:hunter2\r\n', 'tokens'],
  ])('are warned of when they set nothing: %j', (text, name) => {
    const { warnings } = readSettings({ AUTH_MODE: 'none', PORT: '1' }, text);
    expect(warnings).toEqual([`The line of .env with ${name} sets nothing: write TOKEN=…`]);
  });

  it.each(['', '# TOKEN:x', '\n\n', 'ORDINARY:x', 'TOKEN=x', 'TOKEN: x', 'export TOKEN = x', '=x'])(
    'are not when they set something, or mean nothing: %j',
    (text) => {
      expect(warningsOf({}, text)).toEqual([]);
    },
  );
});

describe('TOKEN', () => {
  it.each<Variables>([{}, { TOKEN: 'alice' }, { AUTH_MODE: 'normal' }])(
    'is warned of when it is the default: %j',
    (variables) => {
      expect(readSettings(variables).warnings).toEqual([
        'TOKEN is the default, which everybody knows: set a random one',
      ]);
    },
  );

  it('is not when nobody is asked for it', () => {
    expect(readSettings({ AUTH_MODE: 'none' }).warnings).toEqual([]);
  });
});
