import {
  address,
  addressOr,
  boolean,
  choice,
  integer,
  list,
  optional,
  text,
  type Variable,
} from './variable.js';

const anyCount = { min: 0, max: 1_000_000_000 };
const positive = { min: 1, max: 1_000_000_000 };
const bytes = { ...positive, unit: 'bytes' } as const;
const seconds = { ...anyCount, unit: 'seconds' } as const;
const days = { min: 0, max: 36_500, unit: 'days' } as const;
const timeout = { min: 1, max: 2_147_483_647, unit: 'ms' } as const;
const callsPerMinute = { min: 0, max: 10_000_000, unit: 'calls' } as const;

/** What a secret of the operator's own must be like beside being long enough. */
const random = 'characters, 8 of them different, and equal to no other secret here';

const listening = {
  HOST: text(
    '127.0.0.1',
    'Address to listen on. `127.0.0.1` is this machine only, `0.0.0.0` is every network; beyond this machine the start asks for `AUTH_MODE` simple or normal and a `TOKEN` of 16 characters or more, 8 of them different.',
  ),
  PORT: integer(7777, { min: 0, max: 65_535 }, 'TCP port. 0: any free port, which the log names.'),
  ALLOW_INSECURE: boolean(
    false,
    'Whether to start even if `HOST` is reachable from other machines without such a `TOKEN`, or if another secret is weak or two are equal. Only where something else keeps strangers out.',
  ),
  ALLOWED_HOSTS: list(
    'Names by which requests may call a service whose `HOST` is this machine only, beside `localhost`, `127.0.0.1`, `[::1]` and `HOST` itself: those that a proxy in front passes on. Separated by commas or blanks, without ports. Any other name is refused, because a web page can point its own here; see [Browsers](authentication.md#browsers).',
  ),
  CORS_ORIGINS: list(
    'Web pages that may call from a browser: origins as browsers send them, separated by commas or blanks, like `https://chat.example` without a slash behind; `*` for any. Empty or none: no page of another origin.',
  ),
  TRUST_PROXY: optional(
    "Proxies in front whose `X-Forwarded-*` headers are believed: how many, or their networks separated by commas, as in Express. Empty, none or 0: nobody's.",
  ),
  MAX_BODY_BYTES: integer(
    1_048_576,
    bytes,
    'Largest request body, after decompression; beyond it 413.',
  ),
  HTTP_KEEP_ALIVE_MS: integer(
    65_000,
    { min: 1, max: 3_600_000, unit: 'ms' },
    'How long an idle connection is kept open. Longer than a load balancer in front keeps its own (most: 60 seconds), or calls get lost between the two.',
  ),
  SHUTDOWN_DELAY_MS: integer(
    0,
    { min: 0, max: 3_600_000, unit: 'ms' },
    'How long new turns are still taken once the service is told to stop (SIGTERM, SIGINT) and `/health/ready` says no: as long as balancers take to notice. 0: not at all; see [Scaling out](scaling.md).',
  ),
  SHUTDOWN_GRACE_MS: integer(
    25_000,
    { min: 0, max: 3_600_000, unit: 'ms' },
    "How long running turns may go on after that; then they are ended with an error. 0: they are ended at once. The supervisor's own patience must be longer than both together.",
  ),
  LEGACY_STATUS_CODES: boolean(
    false,
    'Statuses of the original on `/chatgpt`: 505 for failed auth, 502 for the rate limit, 500 for every other failure; see [Moving from Alice Chatgpt](migration-from-alice-chatgpt.md#statuses).',
    'SEED_STATUS_CODES',
  ),
  TRY_PAGE: boolean(
    true,
    'Whether there is `/try`, a page to talk to a model on. Anyone may open it; what it calls asks for the `TOKEN` as ever. `off`: 404.',
  ),
};

const callers = {
  AUTH_MODE: choice(
    'simple',
    ['none', 'simple', 'normal'],
    'Who may call. none: everyone. simple: the header token is `TOKEN`. normal: the headers uuid and token = sha256(`TOKEN` + uuid), each uuid once; see [Authentication](authentication.md).',
  ),
  TOKEN: text(
    'alice',
    'The access token: the shared secret of the callers. A good one: `openssl rand -hex 24`.',
  ),
  NONCE_RETENTION_DAYS: integer(
    30,
    days,
    'How long a used uuid is remembered (`AUTH_MODE=normal`). 0: for ever. After that time a captured pair of uuid and token works again.',
  ),
  METRICS_TOKEN: optional(
    `Opens \`/metrics\` to whoever sends it as \`Authorization: Bearer …\`; at least 16 ${random}. Empty: \`/metrics\` answers only while \`HOST\` is this machine's own, and only requests that no proxy has passed on; see [Metrics](operations/metrics.md).`,
  ),
};

const keys = {
  OPENAI_API_KEYS: list(
    'Provider keys, separated by commas or blanks, used in turn, and nothing else: Docker takes a comment behind them for more keys. None at all: the service starts, and answers model calls with 503.',
  ),
  OPENAI_API_KEY: list(
    'One more place for a provider key, under the name that other programs use. Both are read.',
  ),
  KEY_FILE: text(
    'key.txt',
    'File with one provider key a line, relative to the working folder; lines that begin with `#` are comments. Read at start if it is there, and again when it changes: applied once two looks a second apart agree and every key is 8 to 256 printable characters, without quotes.',
  ),
  AUTO_REMOVE_KEYS: boolean(
    true,
    'What becomes of a provider key that is rejected (401). true: not used again until a probe succeeds, after 5 minutes, an hour, then daily. false: stays usable, but for 60 seconds it is chosen last; see [Provider keys](keys.md).',
  ),
  KEY_WAIT_MS: integer(
    5_000,
    { ...timeout, min: 0 },
    'How long a call waits, in all, for provider keys that wait out a rate limit; then it is answered 429 with Retry-After. 0: not at all.',
  ),
  ADMIN_TOKEN: optional(
    `Opens the [admin API](admin-api.md) to whoever sends it as \`Authorization: Bearer …\`; at least 16 ${random}. A good one: \`openssl rand -hex 24\`. Empty: no admin API.`,
  ),
  KEY_ENCRYPTION_SECRET: optional(
    `Encrypts the keys that the admin API stores in the database; at least 32 ${random}. A good one: \`openssl rand -hex 32\`. Empty: none can be stored, keys of the environment and the file work.`,
  ),
  NEW_KEY_ENCRYPTION_SECRET: optional(
    'Only for `npm run keys:rotate-secret`: what stored keys are encrypted with from then on.',
  ),
  KEY_EVENTS_WEBHOOK_URL: address(
    'Where a POST tells of keys that are invalid or exhausted, and of a pool that is empty or has recovered. Empty: nowhere.',
  ),
  KEY_EVENTS_WEBHOOK_SECRET: optional(
    `Signs what is sent there, as Standard Webhooks does: with the bytes behind \`whsec_\` in base64, or else with the text itself. Required with the address; at least 16 ${random}.`,
  ),
};

const modelService = {
  OPENAI_BASE_URL: addressOr(
    'https://api.openai.com/v1',
    'Address of any OpenAI-compatible API, with its `/v1`.',
  ),
  UPSTREAM_DIALECT: choice(
    'auto',
    ['auto', 'responses', 'chat-completions'],
    "Which API of the model service chats are asked by. auto: the Responses API of OpenAI's own service and Azure's, whose models think and use tools there, and chat completions of any other, and of one that answers that it has no `/responses`.",
  ),
  UPSTREAM_AUTH: choice(
    'bearer',
    ['bearer', 'api-key'],
    'Header that a key goes in: bearer (`Authorization: Bearer`), or api-key, as Azure wants it.',
  ),
  PROXY_URL: address(
    'HTTP proxy for calls to the model service, like `http://user:password@proxy:3128`. Empty: none.',
  ),
  TEXT_MODEL: text(
    'gpt-6-luna',
    'Model of `create`, `createRolePlay` and `summary`.',
    'GPT3_MODEL',
  ),
  FAST_MODEL: text('gpt-6-luna', 'Model of `createTurbo`.', 'TURBO_MODEL'),
  STRONG_MODEL: text('gpt-6-sol', 'Model of `createGPT4`.', 'GPT4_MODEL'),
  GPT3_API: choice(
    'chat',
    ['chat', 'completions'],
    'Which API `TEXT_MODEL` is asked by: chat, or completions where the model service has it.',
  ),
  REASONING_EFFORT: optional(
    '`reasoning_effort` of every chat call: none, minimal, low, medium, high, xhigh, max; other words are sent too, with a warning. Empty: not sent.',
  ),
  UPSTREAM_CONNECT_TIMEOUT_MS: integer(
    5_000,
    timeout,
    'Longest time to connect to the model service.',
  ),
  UPSTREAM_FIRST_BYTE_TIMEOUT_MS: integer(
    60_000,
    timeout,
    'Longest wait for the first word of a streamed answer, begun again by comments; with the Responses API also the longest silence of a model that thinks and of a tool that its service runs.',
  ),
  UPSTREAM_PLAIN_TIMEOUT_MS: integer(
    240_000,
    timeout,
    'Longest wait for an answer that is not streamed. Models that think for longer are better asked for streams.',
  ),
  UPSTREAM_IDLE_TIMEOUT_MS: integer(
    30_000,
    timeout,
    'Longest silence within an answer; a comment is none.',
  ),
  UPSTREAM_CALL_TIMEOUT_MS: integer(
    600_000,
    timeout,
    'Longest whole call with all its attempts, streamed or not.',
  ),
  UPSTREAM_MAX_ANSWER_BYTES: integer(
    67_108_864,
    { min: 1_048_576, max: 536_870_912, unit: 'bytes' },
    'Largest answer that is read, whole or streamed. Beyond it 502.',
  ),
};

const limits = {
  RATE_LIMIT_PER_MINUTE: integer(
    500,
    callsPerMinute,
    'Model calls in any 60 seconds, of all callers together; beyond it 429. 0: no limit. Of each process by itself, unless `REDIS_URL` makes it one count for all.',
  ),
  WRITE_LIMIT_PER_MINUTE: integer(
    1_000,
    callsPerMinute,
    'Calls in any 60 seconds that write and ask no model (create, rollback, finish, store, conversations, items, forks, deleting), of all callers together, counted like those above; beyond it 429. 0: no limit.',
  ),
  MAX_RUNNING_CALLS: integer(
    2_000,
    { ...positive, unit: 'calls' },
    'Model calls at one time, of each replica; beyond it 503.',
  ),
  MAX_BYTES_IN_FLIGHT: integer(
    33_554_432,
    bytes,
    'Bodies and histories that running calls of this process hold together; beyond it 503. One call counts for half of it at most. Each byte takes up to ten of memory; see [Sizing](operations/sizing.md).',
  ),
  REPLICAS: integer(
    1,
    { min: 1, max: 10_000 },
    'How many replicas there are: while Redis is away, each takes `RATE_LIMIT_PER_MINUTE` and `WRITE_LIMIT_PER_MINUTE` divided by this, and at least one call. Used with `REDIS_URL` only; more than 1 needs PostgreSQL.',
  ),
};

const conversations = {
  CONVERSATION_TTL_SECONDS: integer(
    1_800,
    seconds,
    'Idle time after which a conversation is gone; half of it while it has at most two sentences. 0: never.',
  ),
  EXPIRY_SWEEP_SECONDS: integer(
    60,
    { min: 1, max: 86_400, unit: 'seconds' },
    'How often what is past its time (conversations, responses, shares, uuids, records of keys) is deleted from the database.',
  ),
  MAX_CONVERSATION_BYTES: integer(
    4_194_304,
    bytes,
    'Largest conversation: the prompt, and for each item what is stored of it (JSON in UTF-8) and 100 more, the new question included. It has at most 10,000 items whatever their size.',
  ),
  HISTORY_CACHE_BYTES: integer(
    33_554_432,
    { ...anyCount, unit: 'bytes' },
    'Memory for the histories of conversations that had a turn lately: they are not read again for the next turn unless another process changed them. 0: none is kept.',
  ),
  TURN_LEASE_SECONDS: integer(
    30,
    { min: 1, max: 3_600, unit: 'seconds' },
    'How long a turn holds its conversation without a sign of life. After a crash the conversation answers 409 for at most so long. The same for a call and its Idempotency-Key.',
  ),
  SHARING: boolean(
    true,
    'Whether conversations can be shared. `off`: every route of shares answers 404, and nothing is stored; see [Sharing](sharing.md).',
  ),
  SHARE_TTL_DAYS: integer(
    365,
    days,
    'How long a share is shown, at most: whoever shares may say less. 0: for ever.',
  ),
  SHARE_PROMPT: boolean(
    false,
    "Whether shares may show the conversation's prompt, which is often the operator's secret. The field is there in any case, as in the original, which shows it.",
    'SHARE_PROMPTS',
  ),
  SHARE_BY_CONVERSATION_ID: boolean(
    true,
    "Whether the newest share of a conversation is also shown under the conversation's id, as in the original. Better `off`: whoever publishes such a link publishes the id that goes on with the conversation.",
  ),
  SHARE_FRAME_ANCESTORS: list(
    'Sites that may show the page of a share in a frame: origins like `https://wiki.example` or `https://*.example`, separated by commas or blanks; `*` for any. Empty or none: nobody.',
  ),
  IDEMPOTENCY_MAX_BYTES: integer(
    268_435_456,
    { min: 0, max: 1_000_000_000_000, unit: 'bytes' },
    'Answers that are kept for repeats with the same Idempotency-Key, all together. At every sweep the oldest beyond that are dropped: their repeats get 422, and are not done again. 0: all are; see [Repeating a call](api/idempotency.md).',
  ),
};

const v1 = {
  V1_MAX_BODY_BYTES: integer(
    8_388_608,
    bytes,
    'Largest request body on `/v1`, after decompression: images travel in it, as four bytes for three.',
  ),
  V1_CONVERSATION_TTL_SECONDS: integer(
    2_592_000,
    seconds,
    'Idle time after which a conversation made on `/v1` is gone. 0: never. One that is created with `metadata.expires_after_seconds` goes by that.',
  ),
  RESPONSE_TTL_DAYS: integer(
    30,
    days,
    'How long a stored response can be retrieved and continued. 0: for ever.',
  ),
  MAX_BACKGROUND: integer(
    100,
    { min: 0, max: 100_000 },
    'Responses with `background: true` that run in this process at one time; beyond it 429. 0: none.',
  ),
  V1_STRICT: boolean(
    false,
    'Whether fields of `/v1/responses` that Alice does not know are refused with 400. Otherwise they are taken and change nothing, as most clients send some that are new.',
  ),
  V1_LIST: boolean(
    false,
    'Whether callers with the `TOKEN` may list all conversations and shares (`AUTH_MODE=simple` only). Otherwise only its unguessable id opens one of them, and listing takes the `ADMIN_TOKEN`.',
  ),
  V1_MODELS: list(
    'Models that `/v1` can be asked for beside the three above, separated by commas or blanks. Empty: any.',
  ),
  V1_MAX_OUTPUT_TOKENS: integer(
    0,
    { ...anyCount, unit: 'tokens' },
    'Longest answer that `/v1` can be asked for, and what is asked for where a call does not say. Embeddings apart. 0: no limit.',
  ),
  V1_MAX_CHOICES: integer(
    0,
    anyCount,
    'Most answers to one call on `/v1` (`n`, `best_of`). 0: no limit.',
  ),
  MODEL_WINDOWS: list(
    'Tokens that models take, question and history together, like `gpt-6-luna=400000,local=8192`. Longer histories are compacted or sent without their oldest turns. A model that is not named here and not known to Alice has 128000; see [Windows](api/context-window.md).',
  ),
};

const database = {
  DATABASE_URL: text(
    'sqlite:./data/alice.db',
    '`sqlite:PATH`, relative to the working folder; folder and file are made when missing. Or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, for any number of replicas; see [PostgreSQL](postgresql.md).',
  ),
  SQLITE_SYNCHRONOUS: choice(
    'normal',
    ['normal', 'full'],
    'normal: nothing is lost when the process dies; a power cut may lose the last moments. full: not even that, for slower writes; see [What survives](conversations.md#what-survives).',
  ),
  DATABASE_POOL_SIZE: integer(
    10,
    { min: 1, max: 1_000 },
    'PostgreSQL: connections of this process at most.',
  ),
  DATABASE_CONNECT_TIMEOUT_MS: integer(
    2_000,
    { min: 1, max: 3_600_000, unit: 'ms' },
    'PostgreSQL: longest wait for a connection, whether the server does not answer or all are in use; beyond it 503.',
  ),
  DATABASE_STATEMENT_TIMEOUT_MS: integer(
    5_000,
    { min: 1, max: 3_600_000, unit: 'ms' },
    'PostgreSQL: longest time for one statement; beyond it 503.',
  ),
  DATABASE_TLS: choice(
    'disable',
    ['disable', 'require', 'verify-full'],
    "PostgreSQL. disable: the connection is not encrypted. require: encrypted, but nobody checks to whom. verify-full: encrypted, and the server's certificate and name are checked. Unless set, what sslmode in `DATABASE_URL` says; if neither is, the start warns of a server on another host.",
  ),
  DATABASE_TLS_CA_FILE: optional(
    "PostgreSQL: file with the certificates (PEM) that may have signed the server's. Empty: those that Node knows.",
  ),
};

const redis = {
  REDIS_URL: optional(
    'What replicas share and may lose: the counted calls of the limits a minute, and the events of background responses, so that one begun on a replica is followed on another. Like `redis://USER:PASSWORD@HOST:PORT/NUMBER`, or `rediss://` for TLS; certificates of your own go into `NODE_EXTRA_CA_CERTS`. Empty: each process counts, and keeps events, for itself.',
  ),
  REDIS_KEY_PREFIX: text(
    'alice:',
    'What all keys in Redis begin with: another word for each service on the same Redis.',
  ),
};

const log = {
  LOG_LEVEL: choice(
    'info',
    ['fatal', 'error', 'warn', 'info', 'debug'],
    'Which lines are written; JSON outside of a terminal.',
  ),
  LOG_CALLERS: boolean(
    true,
    "Whether the line of a request has its caller's address (behind proxies as `TRUST_PROXY` says) and User-Agent.",
  ),
};

/** Every environment variable by what it is about, in the order in which they are documented. */
export const variableGroups = {
  Listening: listening,
  'Who may call': callers,
  'Provider keys': keys,
  'The model service': modelService,
  Limits: limits,
  Conversations: conversations,
  'The OpenAI-compatible API, /v1': v1,
  Database: database,
  Redis: redis,
  Log: log,
};

const declared = {
  ...{ ...listening, ...callers, ...keys, ...modelService, ...limits, ...conversations },
  ...{ ...v1, ...database, ...redis, ...log },
};

/** What each variable is read as. */
export type Values = {
  [Name in keyof typeof declared]: (typeof declared)[Name] extends Variable<infer Value>
    ? Value
    : never;
};

/** By their names: `.env.example` and the tables of docs/configuration.md are made from these. */
export const variables: { readonly [Name in keyof Values]: Variable<Values[Name]> } = declared;
