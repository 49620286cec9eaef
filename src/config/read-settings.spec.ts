import { readSettings } from './read-settings.js';
import { SettingsError } from './settings.error.js';
import type { Settings } from './settings.js';
import type { Variables } from './variable-reader.js';

const random = 'f3b1c05d9e7a4c62';
const anywhere = { HOST: '0.0.0.0' };

/** What is wrong with these variables; nothing if they are read. */
function problemsOf(variables: Variables): readonly string[] {
  try {
    readSettings(variables);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

interface Case {
  variable: string;
  /** What it is read with. */
  beside?: Variables;
  of: (settings: Settings) => unknown;
  fallback: unknown;
  /** Values that are taken, and what they become. */
  good: [string, unknown][];
  /** Values that are refused, and how the message says what is accepted. */
  bad?: [string, string][];
}

/** A whole number within bounds, and what is none. */
function integer(
  variable: string,
  fallback: number,
  [min, max]: [number, number],
  of: Case['of'],
): Case {
  const accepted = `a whole number from ${min} to ${max}`;
  const tooSmall = min === 0 ? '-0' : String(min - 1);
  const wrong = [tooSmall, String(max + 1), '-1', '1.5', '1e3', '0x10', '+5', 'ten', '5 5', '５'];
  return {
    variable,
    of,
    fallback,
    good: [
      [String(min), min],
      [String(max), max],
      ['0042', 42],
    ],
    bad: wrong.map((value) => [value, accepted]),
  };
}

function boolean(variable: string, fallback: boolean, of: Case['of']): Case {
  return {
    variable,
    of,
    fallback,
    good: [
      ...['true', '1', 'yes', 'on', 'TRUE'].map((value): [string, unknown] => [value, true]),
      ...['false', '0', 'no', 'off', 'False'].map((value): [string, unknown] => [value, false]),
    ],
    bad: ['2', 'ja', 'truefalse'].map((value) => [value, 'true or false']),
  };
}

function choice(variable: string, fallback: string, choices: string[], of: Case['of']): Case {
  const taken = choices.map((value): [string, unknown] => [value, value]);
  return {
    variable,
    of,
    fallback,
    good: [...taken, [choices[0]!.toUpperCase(), choices[0]]],
    bad: ['other', `${choices[0]}, ${choices[1]}`].map((value) => [
      value,
      `one of ${choices.join(', ')}`,
    ]),
  };
}

function text(variable: string, fallback: string | null, of: Case['of']): Case {
  return { variable, of, fallback, good: [['some words', 'some words']] };
}

function address(variable: string, fallback: string | null, of: Case['of']): Case {
  return {
    variable,
    of,
    fallback,
    good: [
      ['http://localhost:8080', 'http://localhost:8080'],
      ['https://api.example.com/v1', 'https://api.example.com/v1'],
      ['https://api.example.com/v1//', 'https://api.example.com/v1'],
    ],
    bad: ['localhost:8080', 'api.example.com', 'ftp://example.com', 'http://', 'socks5://x:1'].map(
      (value) => [value, 'an http:// or https:// address'],
    ),
  };
}

const milliseconds: [number, number] = [1, 2_147_483_647];
const count: [number, number] = [1, 1_000_000_000];

const cases: Case[] = [
  text('HOST', '127.0.0.1', ({ http }) => http.host),
  integer('PORT', 7777, [0, 65_535], ({ http }) => http.port),
  choice('AUTH_MODE', 'simple', ['none', 'simple', 'normal'], ({ auth }) => auth.mode),
  text('TOKEN', 'alice', ({ auth }) => auth.token),
  integer('NONCE_RETENTION_DAYS', 30, [0, 36_500], ({ auth }) => auth.nonceRetentionDays),
  text('KEY_FILE', 'key.txt', ({ keys }) => keys.keyFile),
  boolean('AUTO_REMOVE_KEYS', true, ({ keys }) => keys.autoRemove),
  address('OPENAI_BASE_URL', 'https://api.openai.com/v1', ({ upstream }) => upstream.baseUrl),
  address('PROXY_URL', null, ({ upstream }) => upstream.proxyUrl),
  text('TEXT_MODEL', 'gpt-6-luna', ({ models }) => models.gpt3),
  text('FAST_MODEL', 'gpt-6-luna', ({ models }) => models.turbo),
  text('STRONG_MODEL', 'gpt-6-sol', ({ models }) => models.gpt4),
  choice(
    'UPSTREAM_DIALECT',
    'auto',
    ['auto', 'responses', 'chat-completions'],
    ({ upstream }) => upstream.dialect,
  ),
  choice('UPSTREAM_AUTH', 'bearer', ['bearer', 'api-key'], ({ upstream }) => upstream.auth),
  choice('GPT3_API', 'chat', ['chat', 'completions'], ({ models }) => models.gpt3Api),
  text('REASONING_EFFORT', null, ({ models }) => models.reasoningEffort),
  integer('RATE_LIMIT_PER_MINUTE', 500, [0, 10_000_000], ({ limits }) => limits.ratePerMinute),
  integer('WRITE_LIMIT_PER_MINUTE', 1_000, [0, 10_000_000], ({ limits }) => limits.writesPerMinute),
  integer('SHARE_TTL_DAYS', 365, [0, 36_500], ({ sharing }) => sharing.ttlDays),
  boolean('V1_STRICT', false, ({ v1 }) => v1.strict),
  boolean('SHARING', true, ({ sharing }) => sharing.isOn),
  boolean('SHARE_PROMPT', false, ({ sharing }) => sharing.showsPrompt),
  boolean('SHARE_BY_CONVERSATION_ID', true, ({ sharing }) => sharing.isByConversationId),
  integer(
    'IDEMPOTENCY_MAX_BYTES',
    268_435_456,
    [0, 1_000_000_000_000],
    ({ idempotencyMaxBytes }) => idempotencyMaxBytes,
  ),
  integer(
    'V1_CONVERSATION_TTL_SECONDS',
    2_592_000,
    [0, 1_000_000_000],
    ({ v1 }) => v1.conversationTtlSeconds,
  ),
  integer('MAX_RUNNING_CALLS', 2_000, count, ({ limits }) => limits.maxRunningCalls),
  integer('MAX_BYTES_IN_FLIGHT', 33_554_432, count, ({ limits }) => limits.maxBytesInFlight),
  integer('V1_MAX_OUTPUT_TOKENS', 0, [0, 1_000_000_000], ({ v1 }) => v1.maxOutputTokens),
  integer('V1_MAX_CHOICES', 0, [0, 1_000_000_000], ({ v1 }) => v1.maxChoices),
  integer('MAX_BACKGROUND', 100, [0, 100_000], ({ v1 }) => v1.maxBackground),
  integer(
    'CONVERSATION_TTL_SECONDS',
    1_800,
    [0, 1_000_000_000],
    ({ conversations }) => conversations.ttlSeconds,
  ),
  integer(
    'EXPIRY_SWEEP_SECONDS',
    60,
    [1, 86_400],
    ({ conversations }) => conversations.expirySweepSeconds,
  ),
  integer('MAX_BODY_BYTES', 1_048_576, count, ({ http }) => http.maxBodyBytes),
  integer(
    'MAX_CONVERSATION_BYTES',
    4_194_304,
    count,
    ({ conversations }) => conversations.maxBytes,
  ),
  integer(
    'HISTORY_CACHE_BYTES',
    33_554_432,
    [0, 1_000_000_000],
    ({ conversations }) => conversations.historyCacheBytes,
  ),
  integer(
    'TURN_LEASE_SECONDS',
    30,
    [1, 3_600],
    ({ conversations }) => conversations.turnLeaseSeconds,
  ),
  {
    variable: 'DATABASE_URL',
    of: ({ database }) => database.type === 'sqlite' && database.file,
    fallback: './data/alice.db',
    good: [
      ['sqlite:./other.db', './other.db'],
      ['sqlite:/var/lib/alice.db', '/var/lib/alice.db'],
      ['sqlite:///var/lib/alice.db', '/var/lib/alice.db'],
    ],
    bad: ['sqlite:', 'other.db', 'mysql://host/alice', 'badger'].map((value) => [
      value,
      'sqlite:PATH',
    ]),
  },
  choice(
    'SQLITE_SYNCHRONOUS',
    'normal',
    ['normal', 'full'],
    ({ database }) => database.type === 'sqlite' && database.synchronous,
  ),
  integer(
    'UPSTREAM_CONNECT_TIMEOUT_MS',
    5_000,
    milliseconds,
    ({ upstream }) => upstream.connectTimeoutMs,
  ),
  integer(
    'UPSTREAM_FIRST_BYTE_TIMEOUT_MS',
    60_000,
    milliseconds,
    ({ upstream }) => upstream.firstByteTimeoutMs,
  ),
  integer(
    'UPSTREAM_PLAIN_TIMEOUT_MS',
    240_000,
    milliseconds,
    ({ upstream }) => upstream.plainTimeoutMs,
  ),
  integer('KEY_WAIT_MS', 5_000, [0, milliseconds[1]], ({ keys }) => keys.waitMs),
  integer(
    'UPSTREAM_IDLE_TIMEOUT_MS',
    30_000,
    milliseconds,
    ({ upstream }) => upstream.idleTimeoutMs,
  ),
  integer(
    'UPSTREAM_CALL_TIMEOUT_MS',
    600_000,
    milliseconds,
    ({ upstream }) => upstream.callTimeoutMs,
  ),
  {
    variable: 'SHARE_FRAME_ANCESTORS',
    of: ({ sharing }) => sharing.frameAncestors,
    fallback: [],
    good: [
      ['none', []],
      ['*', ['*']],
      ['https://a.example, https://*.b.example', ['https://a.example', 'https://*.b.example']],
      ['http://localhost:3000', ['http://localhost:3000']],
    ],
    bad: [
      'https://a.example/',
      'a.example',
      "'self'",
      'https://a.example;script-src',
      'https://*.*',
    ].map((origin) => [origin, 'origins like https://wiki.example']),
  },
  {
    variable: 'CORS_ORIGINS',
    of: ({ http }) => http.corsOrigins,
    fallback: [],
    good: [
      ['none', []],
      ['*', ['*']],
      ['https://a.example, https://b.example', ['https://a.example', 'https://b.example']],
      [
        'http://localhost:3000 capacitor://localhost',
        ['http://localhost:3000', 'capacitor://localhost'],
      ],
      ['null', ['null']],
    ],
    bad: [
      'https://a.example/',
      'capacitor://localhost/',
      'https://a.example/chat',
      'https://A.example',
      'https://a.example:443',
      'https://*.example',
      'localhost:3000',
      'a.example',
      '*.example',
    ].map((origin) => [origin, 'origins like https://chat.example']),
  },
  {
    variable: 'ALLOWED_HOSTS',
    of: ({ http }) => http.allowedHosts,
    fallback: [],
    good: [
      ['alice.example', ['alice.example']],
      ['Alice.Example, [fd00::1] 10.0.0.1', ['alice.example', '[fd00::1]', '10.0.0.1']],
    ],
    bad: ['alice.example:7777', 'https://alice.example', '*', 'fd00::1'].map((host) => [
      host,
      'names without ports, like alice.example',
    ]),
  },
  {
    variable: 'TRUST_PROXY',
    of: ({ http }) => http.trustProxy,
    fallback: null,
    good: [
      ['none', null],
      ['1', 1],
      ['loopback, 10.0.0.0/8', 'loopback, 10.0.0.0/8'],
    ],
  },
  choice('LOG_LEVEL', 'info', ['fatal', 'error', 'warn', 'info', 'debug'], ({ log }) => log.level),
  boolean('LOG_CALLERS', true, ({ log }) => log.callers),
  boolean('LEGACY_STATUS_CODES', false, ({ http }) => http.legacyStatusCodes),
  boolean('TRY_PAGE', true, ({ http }) => http.tryPage),
  integer('HTTP_KEEP_ALIVE_MS', 65_000, [1, 3_600_000], ({ http }) => http.keepAliveMs),
  integer('SHUTDOWN_DELAY_MS', 0, [0, 3_600_000], ({ shutdown }) => shutdown.delayMs),
  integer('SHUTDOWN_GRACE_MS', 25_000, [0, 3_600_000], ({ shutdown }) => shutdown.graceMs),
  {
    ...integer('REPLICAS', 1, [1, 10_000], ({ limits }) => limits.replicas),
    beside: { DATABASE_URL: 'postgres://localhost/alice' },
  },
  {
    variable: 'REDIS_URL',
    of: ({ redis }) => redis?.host ?? null,
    fallback: null,
    good: [
      ['redis://cache.internal', 'cache.internal'],
      ['rediss://[::1]:6380/3', '::1'],
    ],
    bad: ['redis:', 'redis://', 'http://cache', 'cache:6379', 'redis://cache/a', 'redis://c?a=b']
      .concat('redis://user:%ff@cache')
      .map((value) => [value, 'redis://USER:PASSWORD@HOST:PORT/NUMBER']),
  },
];

/** Beside a host that anyone can reach, the settings must be safe for that to be read. */
function read(variables: Variables): Settings {
  return readSettings({ ALLOW_INSECURE: 'true', ...variables });
}

describe.each(cases)('$variable', ({ variable, beside, of, fallback, good, bad = [] }) => {
  it.each([undefined, '', '  '])('has its default when it is %j', (value) => {
    expect(of(read({ ...beside, [variable]: value }))).toEqual(fallback);
  });

  it.each(good)('takes %j', (value, result) => {
    expect(of(read({ ...beside, [variable]: value }))).toEqual(result);
    expect(of(read({ ...beside, [variable]: ` ${value}\t` }))).toEqual(result);
  });

  if (bad.length === 0) return;

  it.each(bad)('refuses %j by its name and says what it takes', (value, accepted) => {
    const problems = problemsOf({ ...beside, [variable]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${variable}\\b`));
    expect(problems[0]).toContain(accepted);
  });
});

describe('OPENAI_API_KEYS and OPENAI_API_KEY', () => {
  it.each<[Variables, string[]]>([
    [{}, []],
    [{ OPENAI_API_KEYS: '', OPENAI_API_KEY: '' }, []],
    [{ OPENAI_API_KEYS: 'sk-1' }, ['sk-1']],
    [{ OPENAI_API_KEY: 'sk-1' }, ['sk-1']],
    [{ OPENAI_API_KEYS: 'sk-1,sk-2 sk-3\tsk-4\nsk-5' }, ['sk-1', 'sk-2', 'sk-3', 'sk-4', 'sk-5']],
    [{ OPENAI_API_KEYS: ', ,sk-1 ,\r\n, sk-2,,' }, ['sk-1', 'sk-2']],
    [{ OPENAI_API_KEYS: 'sk-1,sk-2,sk-1', OPENAI_API_KEY: 'sk-2,sk-3' }, ['sk-1', 'sk-2', 'sk-3']],
  ])('%j give each key once: %j', (variables, keys) => {
    expect(readSettings(variables).keys.apiKeys).toEqual(keys);
  });
});

describe('an entry of OPENAI_API_KEYS that no key is', () => {
  it.each<Variables>([
    { OPENAI_API_KEYS: 'sk-hunter2 # of Bob' },
    { OPENAI_API_KEYS: 'sk-hunter2,#hunter2' },
    { OPENAI_API_KEYS: '"sk-hunter2,sk-hunter2"' },
    { OPENAI_API_KEY: "'sk-hunter2'" },
  ])('stops the start and is not repeated: %j', (variables) => {
    const [problem, ...others] = problemsOf(variables);
    expect(others).toEqual([]);
    expect(problem).toMatch(/^OPENAI_API_KEYS? has an entry that begins with # or a quote/);
    expect(problem).not.toMatch(/hunter2|Bob/);
  });

  it('is not one that has such a character within', () => {
    expect(problemsOf({ OPENAI_API_KEYS: `sk-#1,sk-"2"` })).toEqual([]);
  });
});

describe('several replicas', () => {
  it('stop the start on SQLite', () => {
    expect(problemsOf({ REPLICAS: '3' })).toEqual([
      'REPLICAS is "3", but it takes 1 unless DATABASE_URL is PostgreSQL',
    ]);
  });
});

describe('several problems', () => {
  it('are reported at once, a line each', () => {
    const variables = { PORT: 'x', AUTH_MODE: 'y', PROXY_URL: 'z', LOG_LEVEL: 'w' };
    expect(problemsOf(variables).map((problem) => problem.split(' ')[0])).toEqual([
      'PORT',
      'AUTH_MODE',
      'PROXY_URL',
      'LOG_LEVEL',
    ]);
    expect(() => readSettings(variables)).toThrow(problemsOf(variables).join('\n'));
  });

  it('include an unsafe combination', () => {
    expect(problemsOf({ ...anywhere, PORT: 'x' })).toHaveLength(2);
  });
});

describe('OPENAI_BASE_URL', () => {
  it('may have a query, and no fragment', () => {
    expect(problemsOf({ OPENAI_BASE_URL: 'http://h/v1?api-version=1' })).toEqual([]);
    expect(problemsOf({ OPENAI_BASE_URL: 'http://h/v1#x' })).toEqual([
      'OPENAI_BASE_URL is not usable: it takes an address without #',
    ]);
  });
});

describe('secrets', () => {
  it.each<Variables>([
    { PROXY_URL: 'ftp://user:hunter2@proxy' },
    { PROXY_URL: 'user:hunter2@proxy:80' },
    { OPENAI_BASE_URL: 'ftp://user:hunter2@host' },
    { DATABASE_URL: 'mysql://alice:hunter2@host/alice' },
    { DATABASE_URL: 'postgres://alice:hunter2@host' },
    { DATABASE_URL: 'postgres://alice:hunter2@host/alice?sslmode=prefer' },
    { REDIS_URL: 'http://alice:hunter2@cache' },
    { REDIS_URL: 'redis://alice:hunter2%@cache' },
    { ...anywhere, TOKEN: 'hunter2' },
    { OPENAI_API_KEYS: 'hunter2', OPENAI_API_KEY: 'hunter2', PORT: 'x' },
  ])('are not in what is said of %j', (variables) => {
    expect(problemsOf(variables)).toHaveLength(1);
    expect(problemsOf(variables)[0]).not.toContain('hunter2');
  });
});

describe('listening beyond loopback', () => {
  const hosts = ['0.0.0.0', '::', '192.168.1.5', '10.0.0.1', 'alice.example.com', '128.0.0.1'];

  it.each<[string, Variables, RegExp]>([
    ['without a token', { AUTH_MODE: 'none' }, /AUTH_MODE.*simple or normal.*ALLOW_INSECURE=true/],
    [
      'without a token, though one is set',
      { AUTH_MODE: 'none', TOKEN: random },
      /AUTH_MODE.*simple or normal.*ALLOW_INSECURE=true/,
    ],
    ['with the default token', {}, /TOKEN.*default.*ALLOW_INSECURE=true/],
    ['with the default token given', { TOKEN: 'alice' }, /TOKEN.*default.*ALLOW_INSECURE=true/],
    [
      'with the default token in normal mode',
      { AUTH_MODE: 'normal' },
      /TOKEN.*default.*ALLOW_INSECURE=true/,
    ],
    [
      'with a token of 15 characters',
      { TOKEN: random.slice(1) },
      /TOKEN.*16 characters.*ALLOW_INSECURE=true/,
    ],
    [
      'with a short token in normal mode',
      { AUTH_MODE: 'normal', TOKEN: 'short' },
      /TOKEN.*16 characters.*ALLOW_INSECURE=true/,
    ],
    [
      'with a token of 7 different characters',
      { TOKEN: 'abcdefg'.repeat(5) },
      /TOKEN.*8 different characters.*ALLOW_INSECURE=true/,
    ],
  ])('is refused %s, and the message says what to change', (_title, variables, sentence) => {
    for (const HOST of hosts) {
      const problems = problemsOf({ ...variables, HOST });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(HOST);
      expect(problems[0]).toMatch(sentence);
    }
    expect(problemsOf({ ...variables, ...anywhere, ALLOW_INSECURE: 'false' })).toHaveLength(1);
  });

  it.each<[string, Variables]>([
    ['with a token of 16 characters', { TOKEN: random }],
    ['with a token of 8 different characters', { TOKEN: 'abcdefgh'.repeat(2) }],
    ['in normal mode', { TOKEN: random, AUTH_MODE: 'normal' }],
    ['with ALLOW_INSECURE', { AUTH_MODE: 'none', ALLOW_INSECURE: 'true' }],
    ['with ALLOW_INSECURE and the default token', { ALLOW_INSECURE: 'true' }],
    ['with ALLOW_INSECURE and a short token', { TOKEN: 'short', ALLOW_INSECURE: 'true' }],
  ])('is allowed %s', (_title, variables) => {
    for (const HOST of hosts) expect(problemsOf({ ...variables, HOST })).toEqual([]);
  });

  it.each(['', 'no', '0'])('is not allowed by ALLOW_INSECURE=%j', (ALLOW_INSECURE) => {
    expect(problemsOf({ ...anywhere, ALLOW_INSECURE })).toHaveLength(1);
  });

  it('is refused with an ALLOW_INSECURE that is neither true nor false', () => {
    const problems = problemsOf({ ...anywhere, TOKEN: random, ALLOW_INSECURE: 'maybe' });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^ALLOW_INSECURE.*true or false/);
  });
});

describe('listening on loopback', () => {
  it.each([undefined, '127.0.0.1', '127.0.1.1', 'localhost', '::1'])(
    'is allowed without a good token: HOST=%p',
    (HOST) => {
      expect(problemsOf({ HOST })).toEqual([]);
      expect(problemsOf({ HOST, AUTH_MODE: 'none' })).toEqual([]);
      expect(problemsOf({ HOST, TOKEN: 'short', AUTH_MODE: 'normal' })).toEqual([]);
    },
  );

  it.each(['127.0.0.1.example.com', '127.example.com', 'localhost.example.com', '1127.0.0.1'])(
    'is not what a name does that only begins like it: %s',
    (HOST) => {
      expect(problemsOf({ HOST })).toHaveLength(1);
    },
  );
});

describe('TRUST_PROXY', () => {
  it.each(['1', 'loopback', '10.0.0.0/8, 192.168.1.1', '::1', 'fd00::/8'])('takes %s', (value) => {
    expect(() => readSettings({ TRUST_PROXY: value })).not.toThrow();
  });

  it.each(['banana', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/x'])('refuses %s', (value) => {
    expect(() => readSettings({ TRUST_PROXY: value })).toThrow(/TRUST_PROXY/);
  });
});

describe('ALLOW_INSECURE', () => {
  it('is checked on loopback too', () => {
    expect(() => readSettings({ ALLOW_INSECURE: 'banana' })).toThrow(/ALLOW_INSECURE/);
  });
});

describe('secrets beside TOKEN', () => {
  const long = 'f3b1c05d9e7a4c62f3b1c05d9e7a4c62';
  const lengths: [variable: string, least: number][] = [
    ['ADMIN_TOKEN', 16],
    ['METRICS_TOKEN', 16],
    ['KEY_EVENTS_WEBHOOK_SECRET', 16],
    ['KEY_ENCRYPTION_SECRET', 32],
    ['NEW_KEY_ENCRYPTION_SECRET', 32],
  ];
  const weak = lengths.flatMap<[variable: string, value: string, sentence: string]>(
    ([variable, least]) => [
      [variable, long.slice(0, least - 1), `is shorter than ${least} characters`],
      [variable, 'abcdefg'.repeat(5), 'has fewer than 8 different characters'],
    ],
  );
  const good = lengths.map(([variable, least]): [string, string] => [
    variable,
    long.slice(0, least),
  ]);
  const used = { KEY_EVENTS_WEBHOOK_URL: 'https://example.com/hook' };
  const hook = { ...used, KEY_EVENTS_WEBHOOK_SECRET: 'what signs the events' };

  it.each(weak)('stop the start wherever it listens: %s=%s %s', (variable, value, sentence) => {
    const [problem = '', ...others] = problemsOf({ ...hook, [variable]: value });
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`^${variable} ${sentence}.*ALLOW_INSECURE=true`));
    expect(problem).not.toContain(value);
    expect(problemsOf({ ...hook, [variable]: value, ALLOW_INSECURE: 'true' })).toEqual([]);
  });

  it.each(good)('do not, when they are good: %s=%s', (variable, value) => {
    expect(problemsOf({ ...hook, [variable]: value })).toEqual([]);
  });

  const secrets = ['TOKEN', ...lengths.map(([variable]) => variable), 'OPENAI_API_KEYS'];
  const pairs = secrets.flatMap((one, index) =>
    secrets.slice(index + 1).map((other): [string, string] => [one, other]),
  );

  it.each(pairs)('stop the start when they are equal: %s and %s', (one, other) => {
    const variables = { ...hook, [one]: long, [other]: `  ${long} ` };
    const [problem = '', ...others] = problemsOf(variables);
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`${one} .*${other}.* are equal.*ALLOW_INSECURE=true`));
    expect(problem).not.toContain(long);
    expect(problemsOf({ ...variables, ALLOW_INSECURE: 'true' })).toEqual([]);
  });

  it('are named in one sentence, however many are equal', () => {
    const variables = { TOKEN: long, ADMIN_TOKEN: long, METRICS_TOKEN: long };
    expect(problemsOf(variables)).toEqual([
      expect.stringMatching(/^TOKEN and ADMIN_TOKEN and METRICS_TOKEN are equal/),
    ]);
  });

  it('are not what a local model server takes for a key', () => {
    expect(problemsOf({ TOKEN: 'local', OPENAI_API_KEYS: 'local' })).toEqual([]);
  });

  it('are not judged where a provider made them', () => {
    expect(problemsOf({ OPENAI_API_KEYS: 'sk-0000000000000000' })).toEqual([]);
  });

  it('are unset by default', () => {
    expect(readSettings({}).http.metricsToken).toBeNull();
    expect(readSettings({}).keys).toMatchObject({
      adminToken: null,
      encryptionSecret: null,
      newEncryptionSecret: null,
      webhook: null,
    });
  });
});

describe('KEY_EVENTS_WEBHOOK_URL', () => {
  const KEY_EVENTS_WEBHOOK_URL = 'https://example.com/hook';

  it('needs KEY_EVENTS_WEBHOOK_SECRET', () => {
    expect(problemsOf({ KEY_EVENTS_WEBHOOK_URL })).toEqual([
      expect.stringContaining('KEY_EVENTS_WEBHOOK_SECRET'),
    ]);
    const both = { KEY_EVENTS_WEBHOOK_URL, KEY_EVENTS_WEBHOOK_SECRET: random };
    expect(readSettings(both).keys.webhook).toEqual({
      url: KEY_EVENTS_WEBHOOK_URL,
      secret: random,
    });
  });

  it('is an address, which is not repeated when it is none', () => {
    const [problem] = problemsOf({
      KEY_EVENTS_WEBHOOK_URL: 'ftp://secret-path',
      KEY_EVENTS_WEBHOOK_SECRET: 'secret',
    });
    expect(problem).toContain('KEY_EVENTS_WEBHOOK_URL');
    expect(problem).not.toContain('secret-path');
  });
});

describe('settings that had another name', () => {
  it.each([
    ['GPT3_MODEL', ({ models }: Settings) => models.gpt3],
    ['TURBO_MODEL', ({ models }: Settings) => models.turbo],
    ['GPT4_MODEL', ({ models }: Settings) => models.gpt4],
  ])('take %s', (name, of) => {
    expect(of(readSettings({ [name]: 'of-old' }))).toBe('of-old');
  });

  it('take SEED_STATUS_CODES, and name it when it is wrong', () => {
    expect(readSettings({ SEED_STATUS_CODES: 'true' }).http.legacyStatusCodes).toBe(true);
    expect(problemsOf({ SEED_STATUS_CODES: '505' })).toEqual([
      'SEED_STATUS_CODES is "505", but it takes true or false',
    ]);
  });

  it('take SHARE_PROMPTS', () => {
    expect(readSettings({ SHARE_PROMPTS: 'true' }).sharing.showsPrompt).toBe(true);
  });

  it('may have both names with one value, and stop the start with two', () => {
    expect(problemsOf({ FAST_MODEL: 'one', TURBO_MODEL: 'one' })).toEqual([]);
    expect(problemsOf({ FAST_MODEL: 'one', TURBO_MODEL: 'two' })).toEqual([
      'FAST_MODEL and TURBO_MODEL are one setting and differ: set FAST_MODEL alone',
    ]);
  });
});
