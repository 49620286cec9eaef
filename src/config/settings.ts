import type { Values } from './variables.js';

/** How a caller proves that it may call. */
export type AuthMode = Values['AUTH_MODE'];

/** Whether the connection to PostgreSQL is encrypted, and the server known by its certificate. */
export type PostgresTls = Values['DATABASE_TLS'];

/** Log levels, from the fewest lines to the most. */
export type LogLevel = Values['LOG_LEVEL'];

/** Every setting, read and checked once at start; units are in the names. */
export class Settings {
  readonly http: HttpSettings;
  readonly shutdown: ShutdownSettings;
  readonly auth: AuthSettings;
  readonly keys: KeySettings;
  readonly upstream: UpstreamSettings;
  readonly models: ModelSettings;
  readonly limits: LimitSettings;
  readonly conversations: ConversationSettings;
  readonly sharing: SharingSettings;
  readonly v1: V1Settings;
  /** Of the answers that are kept for repeats of calls, all together. */
  readonly idempotencyMaxBytes: number;
  readonly database: DatabaseSettings;
  /** Null when replicas share nothing but the database. */
  readonly redis: RedisSettings | null;
  readonly log: LogSettings;
  /** What the operator should hear about all this. */
  readonly warnings: readonly string[];

  constructor(tree: Omit<Settings, never>) {
    this.http = tree.http;
    this.shutdown = tree.shutdown;
    this.auth = tree.auth;
    this.keys = tree.keys;
    this.upstream = tree.upstream;
    this.models = tree.models;
    this.limits = tree.limits;
    this.conversations = tree.conversations;
    this.sharing = tree.sharing;
    this.v1 = tree.v1;
    this.idempotencyMaxBytes = tree.idempotencyMaxBytes;
    this.database = tree.database;
    this.redis = tree.redis;
    this.log = tree.log;
    this.warnings = tree.warnings;
  }
}

export interface HttpSettings {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Of the body after decompression. */
  readonly maxBodyBytes: number;
  /** Names that requests may be for, beside the machine's own, while {@link host} is loopback. */
  readonly allowedHosts: readonly string[];
  /** Origins whose pages may call; `*` for any. */
  readonly corsOrigins: readonly string[];
  /** Express's `trust proxy`: a hop count or a list of networks; null trusts nobody. */
  readonly trustProxy: number | string | null;
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number;
  readonly legacyStatusCodes: boolean;
  /** Whether there is a page to talk to a model on. */
  readonly tryPage: boolean;
  /** Opens the metrics; null opens them to this machine, if only this machine reaches the service. */
  readonly metricsToken: string | null;
}

export interface ShutdownSettings {
  /** How long new turns are still taken once readiness says no. */
  readonly delayMs: number;
  /** How long running turns may go on after that. */
  readonly graceMs: number;
}

export interface AuthSettings {
  readonly mode: AuthMode;
  readonly token: string;
  /** 0 remembers used uuids for ever. */
  readonly nonceRetentionDays: number;
}

export interface KeySettings {
  readonly apiKeys: readonly string[];
  /** Path of a file with one key a line. */
  readonly keyFile: string;
  readonly autoRemove: boolean;
  /** How long a call waits for keys that wait out a rate limit, in all; 0 is not at all. */
  readonly waitMs: number;
  /** Opens the admin API, and the list of conversations; null closes both. */
  readonly adminToken: string | null;
  /** Encrypts stored keys; null stores none. */
  readonly encryptionSecret: string | null;
  /** What `keys:rotate-secret` encrypts them with from then on. */
  readonly newEncryptionSecret: string | null;
  /** Where events of keys are sent. */
  readonly webhook: WebhookSettings | null;
}

export interface WebhookSettings {
  readonly url: string;
  /** Signs what is sent. */
  readonly secret: string;
}

/** The header that a key goes in: `Authorization: Bearer`, or Azure's `api-key`. */
export type UpstreamAuth = Values['UPSTREAM_AUTH'];

export interface UpstreamSettings {
  readonly baseUrl: string;
  /** In which API's words it is asked: `auto` goes by its address, and by its answers. */
  readonly dialect: Values['UPSTREAM_DIALECT'];
  readonly auth: UpstreamAuth;
  readonly proxyUrl: string | null;
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  /** For an answer that is not streamed. */
  readonly plainTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly callTimeoutMs: number;
  /** Of one answer, whole or streamed. */
  readonly maxAnswerBytes: number;
}

export interface ModelSettings {
  readonly gpt3: string;
  readonly turbo: string;
  readonly gpt4: string;
  /** Which upstream API the gpt3 and role-play providers speak. */
  readonly gpt3Api: Values['GPT3_API'];
  /** Passed on to the upstream when set. */
  readonly reasoningEffort: string | null;
}

/** The models that the settings name, each once. */
export function configuredModels({ gpt3, turbo, gpt4 }: ModelSettings): ReadonlySet<string> {
  return new Set([gpt3, turbo, gpt4]);
}

export interface LimitSettings {
  /** Model calls a minute for the whole service; 0 is no limit. */
  readonly ratePerMinute: number;
  /** Writes a minute that ask no model, for the whole service; 0 is no limit. */
  readonly writesPerMinute: number;
  readonly maxRunningCalls: number;
  /** Of bodies and histories that running calls hold together. */
  readonly maxBytesInFlight: number;
  /** Among how many both limits are divided while Redis is away. */
  readonly replicas: number;
}

export interface ConversationSettings {
  /** Idle seconds until a conversation expires; 0 is never. */
  readonly ttlSeconds: number;
  readonly expirySweepSeconds: number;
  /** Of the prompt and all items as they are stored. */
  readonly maxBytes: number;
  /** Memory for histories that need not be read again; 0 keeps none. */
  readonly historyCacheBytes: number;
  readonly turnLeaseSeconds: number;
}

/** Frozen copies of conversations, open to whoever knows their id. */
export interface SharingSettings {
  readonly isOn: boolean;
  /** How long a share is shown at most; 0 is for ever. */
  readonly ttlDays: number;
  /** Whether shares may show the prompt. */
  readonly showsPrompt: boolean;
  /** Whether the newest share of a conversation is shown under the conversation's id. */
  readonly isByConversationId: boolean;
  /** Who may show the page of a share in a frame; none is nobody. */
  readonly frameAncestors: readonly string[];
}

/** The OpenAI-compatible API. */
export interface V1Settings {
  /** Of the body after decompression. */
  readonly maxBodyBytes: number;
  /** Whether fields of a response's body that nobody here knows are refused. */
  readonly strict: boolean;
  /** Whether conversations can be listed with simple auth, without an admin token. */
  readonly list: boolean;
  /** Idle seconds until a conversation made there expires; 0 is never. */
  readonly conversationTtlSeconds: number;
  /** How long a stored response can be retrieved; 0 is for ever. */
  readonly responseTtlDays: number;
  /** Background responses that run at one time. */
  readonly maxBackground: number;
  /** Models that can be asked for beside the configured ones; null is any. */
  readonly models: ReadonlySet<string> | null;
  /** The longest answer that can be asked for, in tokens; 0 is no limit. */
  readonly maxOutputTokens: number;
  /** Answers to one call of chat completions or completions, `n`; 0 is no limit. */
  readonly maxChoices: number;
  /** Tokens that a model takes, by its name. */
  readonly modelWindows: ReadonlyMap<string, number>;
}

export type DatabaseSettings = SqliteSettings | PostgresSettings;

interface SqliteSettings {
  readonly type: 'sqlite';
  /** Path of the file. */
  readonly file: string;
  readonly synchronous: Values['SQLITE_SYNCHRONOUS'];
}

export interface PostgresSettings {
  readonly type: 'postgres';
  /** Without `sslmode`, which {@link tls} has taken the place of. */
  readonly url: string;
  /** Connections of this process, at most. */
  readonly poolSize: number;
  /** Longest wait for a connection, whether the pool is full or the server does not answer. */
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly tls: PostgresTls;
  /** Certificates in PEM that may have signed the server's; null are those that Node knows. */
  readonly tlsCa: string | null;
}

export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
  /** The number of the database. */
  readonly db: number;
  readonly tls: boolean;
  /** What all keys begin with. */
  readonly keyPrefix: string;
}

export interface LogSettings {
  readonly level: LogLevel;
  /** Whether a request's line has its caller's address and program. */
  readonly callers: boolean;
}
