import { isIP } from 'node:net';
import { checkSafety } from './check-safety.js';
import { warnOfMistakes } from './mistakes.js';
import { warnOfNearMisses } from './near-misses.js';
import { readDatabaseSettings } from './read-database-settings.js';
import { readRedisSettings } from './read-redis-settings.js';
import { Settings, type WebhookSettings } from './settings.js';
import { SettingsError } from './settings.error.js';
import { VariableReader, type Variables } from './variable-reader.js';
import { variables } from './variables.js';

const reasoningEfforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** Former names included. */
const settingNames: ReadonlySet<string> = new Set(
  Object.entries(variables).flatMap(([name, { former }]) =>
    former === null ? name : [name, former],
  ),
);

/**
 * Environment variables as one checked tree. {@link variables} declares each of them.
 *
 * @param envFile the text of the file that some may come from
 * @throws SettingsError naming every variable that is wrong and what it accepts
 */
export function readSettings(environment: Variables, envFile = ''): Settings {
  const read = new VariableReader(environment);
  const settings = {
    http: {
      host: read.get('HOST'),
      port: read.get('PORT'),
      maxBodyBytes: read.get('MAX_BODY_BYTES'),
      allowedHosts: readAllowedHosts(read),
      corsOrigins: readOrigins(read),
      trustProxy: readTrustProxy(read),
      keepAliveMs: read.get('HTTP_KEEP_ALIVE_MS'),
      legacyStatusCodes: read.get('LEGACY_STATUS_CODES'),
      tryPage: read.get('TRY_PAGE'),
      metricsToken: read.get('METRICS_TOKEN'),
    },
    shutdown: {
      delayMs: read.get('SHUTDOWN_DELAY_MS'),
      graceMs: read.get('SHUTDOWN_GRACE_MS'),
    },
    auth: {
      mode: read.get('AUTH_MODE'),
      token: read.get('TOKEN'),
      nonceRetentionDays: read.get('NONCE_RETENTION_DAYS'),
    },
    keys: {
      apiKeys: readApiKeys(read),
      keyFile: read.get('KEY_FILE'),
      autoRemove: read.get('AUTO_REMOVE_KEYS'),
      waitMs: read.get('KEY_WAIT_MS'),
      adminToken: read.get('ADMIN_TOKEN'),
      encryptionSecret: read.get('KEY_ENCRYPTION_SECRET'),
      newEncryptionSecret: read.get('NEW_KEY_ENCRYPTION_SECRET'),
      webhook: readWebhook(read),
    },
    upstream: {
      baseUrl: readBaseUrl(read),
      dialect: read.get('UPSTREAM_DIALECT'),
      auth: read.get('UPSTREAM_AUTH'),
      proxyUrl: read.get('PROXY_URL'),
      connectTimeoutMs: read.get('UPSTREAM_CONNECT_TIMEOUT_MS'),
      firstByteTimeoutMs: read.get('UPSTREAM_FIRST_BYTE_TIMEOUT_MS'),
      plainTimeoutMs: read.get('UPSTREAM_PLAIN_TIMEOUT_MS'),
      idleTimeoutMs: read.get('UPSTREAM_IDLE_TIMEOUT_MS'),
      callTimeoutMs: read.get('UPSTREAM_CALL_TIMEOUT_MS'),
      maxAnswerBytes: read.get('UPSTREAM_MAX_ANSWER_BYTES'),
    },
    models: {
      gpt3: read.get('TEXT_MODEL'),
      turbo: read.get('FAST_MODEL'),
      gpt4: read.get('STRONG_MODEL'),
      gpt3Api: read.get('GPT3_API'),
      reasoningEffort: readReasoningEffort(read),
    },
    limits: {
      ratePerMinute: read.get('RATE_LIMIT_PER_MINUTE'),
      writesPerMinute: read.get('WRITE_LIMIT_PER_MINUTE'),
      maxRunningCalls: read.get('MAX_RUNNING_CALLS'),
      maxBytesInFlight: read.get('MAX_BYTES_IN_FLIGHT'),
      replicas: read.get('REPLICAS'),
    },
    conversations: {
      ttlSeconds: read.get('CONVERSATION_TTL_SECONDS'),
      expirySweepSeconds: read.get('EXPIRY_SWEEP_SECONDS'),
      maxBytes: read.get('MAX_CONVERSATION_BYTES'),
      historyCacheBytes: read.get('HISTORY_CACHE_BYTES'),
      turnLeaseSeconds: read.get('TURN_LEASE_SECONDS'),
    },
    sharing: {
      isOn: read.get('SHARING'),
      ttlDays: read.get('SHARE_TTL_DAYS'),
      showsPrompt: read.get('SHARE_PROMPT'),
      isByConversationId: read.get('SHARE_BY_CONVERSATION_ID'),
      frameAncestors: readFrameAncestors(read),
    },
    v1: {
      maxBodyBytes: read.get('V1_MAX_BODY_BYTES'),
      strict: read.get('V1_STRICT'),
      list: read.get('V1_LIST'),
      conversationTtlSeconds: read.get('V1_CONVERSATION_TTL_SECONDS'),
      responseTtlDays: read.get('RESPONSE_TTL_DAYS'),
      maxBackground: read.get('MAX_BACKGROUND'),
      models: readModels(read),
      maxOutputTokens: read.get('V1_MAX_OUTPUT_TOKENS'),
      maxChoices: read.get('V1_MAX_CHOICES'),
      modelWindows: readModelWindows(read),
    },
    idempotencyMaxBytes: read.get('IDEMPOTENCY_MAX_BYTES'),
    database: readDatabaseSettings(read),
    redis: readRedisSettings(read),
    log: {
      level: read.get('LOG_LEVEL'),
      callers: read.get('LOG_CALLERS'),
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
  const warnings = [...warnOfNearMisses(environment, envFile, settingNames), ...read.warnings];
  warnings.push(...warnOfMistakes(settings));
  if (settings.auth.mode !== 'none' && settings.auth.token === variables.TOKEN.fallback) {
    warnings.push('TOKEN is the default, which everybody knows: set a random one');
  }
  return new Settings({ ...settings, warnings });
}

/** The secret is required: events that anyone could make up would be worth nothing. */
function readWebhook(read: VariableReader): WebhookSettings | null {
  const url = read.get('KEY_EVENTS_WEBHOOK_URL');
  const secret = read.get('KEY_EVENTS_WEBHOOK_SECRET');
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
  const names = read.get('V1_MODELS');
  return names.length === 0 ? null : new Set(names);
}

/** `name=tokens`, separated by commas or blanks. */
function readModelWindows(read: VariableReader): Map<string, number> {
  const windows = new Map<string, number>();
  for (const entry of read.get('MODEL_WINDOWS')) {
    const [, model, tokens] = /^(.+)=(\d{1,9})$/.exec(entry) ?? [];
    if (model === undefined || Number(tokens) < 1) {
      read.refuse('MODEL_WINDOWS', entry, 'entries like gpt-6-luna=400000');
    } else windows.set(model, Number(tokens));
  }
  return windows;
}

/** Paths are put before its query; a fragment is for browsers. */
function readBaseUrl(read: VariableReader): string {
  const url = read.get('OPENAI_BASE_URL');
  if (url.includes('#')) {
    read.problems.push('OPENAI_BASE_URL is not usable: it takes an address without #');
  }
  return url;
}

/** Of both variables, each once. What begins so is an env file's comment, or its quotes. */
function readApiKeys(read: VariableReader): string[] {
  const keys = (['OPENAI_API_KEYS', 'OPENAI_API_KEY'] as const).flatMap((name) => {
    const entries = read.get(name);
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
  const origins = read.get('CORS_ORIGINS').filter((origin) => origin !== 'none');
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

/** They go into a header, in which blanks and semicolons would mean more than they say. */
function readFrameAncestors(read: VariableReader): readonly string[] {
  const ancestors = read.get('SHARE_FRAME_ANCESTORS').filter((origin) => origin !== 'none');
  for (const origin of ancestors) {
    if (/^(?:\*|https?:\/\/(?:\*\.)?[a-z\d.-]+(?::\d{1,5})?)$/.test(origin)) continue;
    read.refuse(
      'SHARE_FRAME_ANCESTORS',
      origin,
      'origins like https://wiki.example or https://*.example',
    );
  }
  return ancestors;
}

/** Apps have schemes of their own, like `capacitor://localhost`. */
function isOrigin(text: string): boolean {
  if (!/^[a-z][a-z\d+.-]*:\/\/[^/*?#]+$/.test(text)) return false;
  return !/^https?:/.test(text) || (URL.canParse(text) && new URL(text).origin === text);
}

/** Other model services may have other words. */
function readReasoningEffort(read: VariableReader): string | null {
  const effort = read.get('REASONING_EFFORT');
  if (effort !== null && !reasoningEfforts.includes(effort)) {
    read.warnings.push(
      `REASONING_EFFORT is "${effort}", but OpenAI's models take one of ${reasoningEfforts.join(', ')}`,
    );
  }
  return effort;
}

/** Names and addresses without ports, those of IPv6 in brackets, as a Host header has them. */
function readAllowedHosts(read: VariableReader): string[] {
  const hosts = read.get('ALLOWED_HOSTS').map((host) => host.toLowerCase());
  for (const host of hosts) {
    if (/^([\w.-]+|\[[\da-f:.]+\])$/.test(host)) continue;
    read.refuse('ALLOWED_HOSTS', host, 'names without ports, like alice.example');
  }
  return hosts;
}

function readTrustProxy(read: VariableReader): number | string | null {
  const value = read.get('TRUST_PROXY');
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
