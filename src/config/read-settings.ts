import { isIP } from 'node:net';
import { checkSafety, defaultToken } from './check-safety.js';
import { warnOfMistakes } from './mistakes.js';
import { warnOfNearMisses } from './near-misses.js';
import { readDatabaseSettings } from './read-database-settings.js';
import { readRedisSettings } from './read-redis-settings.js';
import { Settings, type WebhookSettings } from './settings.js';
import { SettingsError } from './settings.error.js';
import { VariableReader, type Variables } from './variable-reader.js';

const anyCount = { min: 0, max: 1_000_000_000 };
const positive = { min: 1, max: 1_000_000_000 };
const milliseconds = { min: 1, max: 2_147_483_647 };
const reasoningEfforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/**
 * Environment variables as one checked tree. `.env.example` documents each of them.
 *
 * @param envFile the text of the file that some may come from
 * @throws SettingsError naming every variable that is wrong and what it accepts
 */
export function readSettings(variables: Variables, envFile = ''): Settings {
  const read = new VariableReader(variables);
  const settings = {
    http: {
      host: read.text('HOST', '127.0.0.1'),
      port: read.integer('PORT', 7777, { min: 0, max: 65_535 }),
      maxBodyBytes: read.integer('MAX_BODY_BYTES', 1_048_576, positive),
      allowedHosts: readAllowedHosts(read),
      corsOrigins: readOrigins(read),
      trustProxy: readTrustProxy(read),
      keepAliveMs: read.integer('HTTP_KEEP_ALIVE_MS', 65_000, { min: 1, max: 3_600_000 }),
      legacyStatusCodes: read.boolean('LEGACY_STATUS_CODES', false),
      metricsToken: read.optional('METRICS_TOKEN'),
    },
    shutdown: {
      delayMs: read.integer('SHUTDOWN_DELAY_MS', 0, { min: 0, max: 3_600_000 }),
      graceMs: read.integer('SHUTDOWN_GRACE_MS', 25_000, { min: 0, max: 3_600_000 }),
    },
    auth: {
      mode: read.choice('AUTH_MODE', 'simple', ['none', 'simple', 'normal']),
      token: read.text('TOKEN', defaultToken),
      nonceRetentionDays: read.integer('NONCE_RETENTION_DAYS', 30, { min: 0, max: 36_500 }),
    },
    keys: {
      apiKeys: readApiKeys(read),
      keyFile: read.text('KEY_FILE', 'key.txt'),
      autoRemove: read.boolean('AUTO_REMOVE_KEYS', true),
      waitMs: read.integer('KEY_WAIT_MS', 5_000, { ...milliseconds, min: 0 }),
      adminToken: read.optional('ADMIN_TOKEN'),
      encryptionSecret: read.optional('KEY_ENCRYPTION_SECRET'),
      newEncryptionSecret: read.optional('NEW_KEY_ENCRYPTION_SECRET'),
      webhook: readWebhook(read),
    },
    upstream: {
      baseUrl: readBaseUrl(read),
      dialect: read.choice('UPSTREAM_DIALECT', 'auto', ['auto', 'responses', 'chat-completions']),
      auth: read.choice('UPSTREAM_AUTH', 'bearer', ['bearer', 'api-key']),
      proxyUrl: read.httpUrl('PROXY_URL'),
      connectTimeoutMs: read.integer('UPSTREAM_CONNECT_TIMEOUT_MS', 5_000, milliseconds),
      firstByteTimeoutMs: read.integer('UPSTREAM_FIRST_BYTE_TIMEOUT_MS', 60_000, milliseconds),
      plainTimeoutMs: read.integer('UPSTREAM_PLAIN_TIMEOUT_MS', 240_000, milliseconds),
      idleTimeoutMs: read.integer('UPSTREAM_IDLE_TIMEOUT_MS', 30_000, milliseconds),
      callTimeoutMs: read.integer('UPSTREAM_CALL_TIMEOUT_MS', 600_000, milliseconds),
      maxAnswerBytes: read.integer('UPSTREAM_MAX_ANSWER_BYTES', 67_108_864, {
        min: 1_048_576,
        max: 536_870_912,
      }),
    },
    models: {
      gpt3: read.text('TEXT_MODEL', 'gpt-6-luna'),
      turbo: read.text('FAST_MODEL', 'gpt-6-luna'),
      gpt4: read.text('STRONG_MODEL', 'gpt-6-sol'),
      gpt3Api: read.choice('GPT3_API', 'chat', ['chat', 'completions']),
      reasoningEffort: readReasoningEffort(read),
    },
    limits: {
      ratePerMinute: read.integer('RATE_LIMIT_PER_MINUTE', 500, { min: 0, max: 10_000_000 }),
      writesPerMinute: read.integer('WRITE_LIMIT_PER_MINUTE', 1_000, { min: 0, max: 10_000_000 }),
      maxRunningCalls: read.integer('MAX_RUNNING_CALLS', 2_000, positive),
      maxBytesInFlight: read.integer('MAX_BYTES_IN_FLIGHT', 33_554_432, positive),
      replicas: read.integer('REPLICAS', 1, { min: 1, max: 10_000 }),
    },
    conversations: {
      ttlSeconds: read.integer('CONVERSATION_TTL_SECONDS', 1_800, anyCount),
      expirySweepSeconds: read.integer('EXPIRY_SWEEP_SECONDS', 60, { min: 1, max: 86_400 }),
      maxBytes: read.integer('MAX_CONVERSATION_BYTES', 4_194_304, positive),
      historyCacheBytes: read.integer('HISTORY_CACHE_BYTES', 33_554_432, anyCount),
      turnLeaseSeconds: read.integer('TURN_LEASE_SECONDS', 30, { min: 1, max: 3_600 }),
    },
    sharing: {
      ttlDays: read.integer('SHARE_TTL_DAYS', 365, { min: 0, max: 36_500 }),
      prompts: read.boolean('SHARE_PROMPTS', true),
    },
    v1: {
      maxBodyBytes: read.integer('V1_MAX_BODY_BYTES', 8_388_608, positive),
      strict: read.boolean('V1_STRICT', false),
      list: read.boolean('V1_LIST', false),
      conversationTtlSeconds: read.integer('V1_CONVERSATION_TTL_SECONDS', 2_592_000, anyCount),
      responseTtlDays: read.integer('RESPONSE_TTL_DAYS', 30, { min: 0, max: 36_500 }),
      maxBackground: read.integer('MAX_BACKGROUND', 100, { min: 0, max: 100_000 }),
      models: readModels(read),
      maxOutputTokens: read.integer('V1_MAX_OUTPUT_TOKENS', 0, anyCount),
      maxChoices: read.integer('V1_MAX_CHOICES', 0, anyCount),
      modelWindows: readModelWindows(read),
    },
    idempotencyMaxBytes: read.integer('IDEMPOTENCY_MAX_BYTES', 268_435_456, {
      min: 0,
      max: 1_000_000_000_000,
    }),
    database: readDatabaseSettings(read),
    redis: readRedisSettings(read),
    log: {
      level: read.choice('LOG_LEVEL', 'info', ['fatal', 'error', 'warn', 'info', 'debug']),
      callers: read.boolean('LOG_CALLERS', true),
    },
  };
  checkSafety(settings, read);
  if (settings.limits.replicas > 1 && settings.database.type === 'sqlite') {
    read.refuse(
      'REPLICAS',
      String(settings.limits.replicas),
      '1 unless DATABASE_URL is PostgreSQL',
    );
  }
  if (read.problems.length > 0) throw new SettingsError(read.problems);
  const warnings = [...warnOfNearMisses(variables, envFile, read.names), ...read.warnings];
  warnings.push(...warnOfMistakes(settings));
  if (settings.auth.mode !== 'none' && settings.auth.token === defaultToken) {
    warnings.push('TOKEN is the default, which everybody knows: set a random one');
  }
  return new Settings({ ...settings, warnings });
}

/** The secret is required: events that anyone could make up would be worth nothing. */
function readWebhook(read: VariableReader): WebhookSettings | null {
  const url = read.httpUrl('KEY_EVENTS_WEBHOOK_URL');
  const secret = read.optional('KEY_EVENTS_WEBHOOK_SECRET');
  if (url === null) return null;
  if (secret === null) {
    read.problems.push(
      'KEY_EVENTS_WEBHOOK_URL needs KEY_EVENTS_WEBHOOK_SECRET, which signs events',
    );
  }
  return { url, secret: secret ?? '' };
}

/** Names, separated by commas or blanks; none are no limit. */
function readModels(read: VariableReader): ReadonlySet<string> | null {
  const names = read.list('V1_MODELS');
  return names.length === 0 ? null : new Set(names);
}

/** `name=tokens`, separated by commas or blanks. */
function readModelWindows(read: VariableReader): Map<string, number> {
  const windows = new Map<string, number>();
  for (const entry of read.list('MODEL_WINDOWS')) {
    const [, model, tokens] = /^(.+)=(\d{1,9})$/.exec(entry) ?? [];
    if (model === undefined || Number(tokens) < 1) {
      read.refuse('MODEL_WINDOWS', entry, 'entries like gpt-6-luna=400000');
    } else windows.set(model, Number(tokens));
  }
  return windows;
}

/** Paths are put before its query; a fragment is for browsers. */
function readBaseUrl(read: VariableReader): string {
  const url = read.httpUrl('OPENAI_BASE_URL') ?? 'https://api.openai.com/v1';
  if (url.includes('#')) {
    read.problems.push('OPENAI_BASE_URL is not usable: it takes an address without #');
  }
  return url;
}

/** Of both variables, each once. What begins so is an env file's comment, or its quotes. */
function readApiKeys(read: VariableReader): string[] {
  const keys = ['OPENAI_API_KEYS', 'OPENAI_API_KEY'].flatMap((name) => {
    const entries = read.list(name);
    if (entries.some((entry) => /^["'#]/.test(entry))) {
      // The value holds secrets, so it is not repeated.
      read.problems.push(
        `${name} has an entry that begins with # or a quote: it takes the keys alone, and no comment`,
      );
    }
    return entries;
  });
  return [...new Set(keys)];
}

/** What browsers send as Origin, which must be the same to the letter. */
function readOrigins(read: VariableReader): string[] {
  const origins = read.list('CORS_ORIGINS').filter((origin) => origin !== 'none');
  for (const origin of origins) {
    if (origin === '*' || origin === 'null' || isOrigin(origin)) continue;
    read.refuse(
      'CORS_ORIGINS',
      origin,
      'origins like https://chat.example, without a slash behind',
    );
  }
  return origins;
}

/** Apps have schemes of their own, like `capacitor://localhost`. */
function isOrigin(text: string): boolean {
  if (!/^[a-z][a-z\d+.-]*:\/\/[^/*?#]+$/.test(text)) return false;
  return !/^https?:/.test(text) || (URL.canParse(text) && new URL(text).origin === text);
}

/** Other model services may have other words. */
function readReasoningEffort(read: VariableReader): string | null {
  const effort = read.optional('REASONING_EFFORT');
  if (effort !== null && !reasoningEfforts.includes(effort)) {
    read.warnings.push(
      `REASONING_EFFORT is "${effort}", but OpenAI's models take one of ${reasoningEfforts.join(', ')}`,
    );
  }
  return effort;
}

/** Names and addresses without ports, those of IPv6 in brackets, as a Host header has them. */
function readAllowedHosts(read: VariableReader): string[] {
  const hosts = read.list('ALLOWED_HOSTS').map((host) => host.toLowerCase());
  for (const host of hosts) {
    if (/^([\w.-]+|\[[\da-f:.]+\])$/.test(host)) continue;
    read.refuse('ALLOWED_HOSTS', host, 'names without ports, like alice.example');
  }
  return hosts;
}

function readTrustProxy(read: VariableReader): number | string | null {
  const value = read.optional('TRUST_PROXY');
  if (value === null || value === 'none') return null;
  const proxies = value.split(',').map((proxy) => proxy.trim());
  if (!/^\d+$/.test(value) && !proxies.every(isProxy)) {
    read.refuse(
      'TRUST_PROXY',
      value,
      'a number of hops, or addresses and networks like 10.0.0.0/8',
    );
  }
  return /^\d+$/.test(value) ? Number(value) : value;
}

/** What express can compile: one of its names, an address, or a network. */
function isProxy(proxy: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(proxy)) return true;
  const [address = '', bits, ...rest] = proxy.split('/');
  const longest = isIP(address) === 4 ? 32 : 128;
  const isNetwork = bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= longest);
  return isIP(address) !== 0 && isNetwork && rest.length === 0;
}
