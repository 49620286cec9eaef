import { AuthFailedError } from '../../auth/auth.errors.js';
import {
  BodyTooLargeError,
  BodyTooSlowError,
  InvalidInputError,
  RequestRefusedError,
  TooManyBytesError,
  MultipartBodyError,
  UnsupportedCharsetError,
} from '../../platform/errors/http.errors.js';
import { DatabaseUnavailableError } from '../../platform/database/database.errors.js';
import { json } from '../../platform/openapi/content.js';
import { documentDto, type Properties } from '../../platform/openapi/document-dto.js';
import { problemDetails } from '../../platform/openapi/document-errors.js';
import { documentRoute, type RouteDocumentation } from '../../platform/openapi/document-route.js';
import { keySources, keyStates } from '../../keys/key-state.js';
import {
  EncryptionSecretRotatedError,
  KeyNotFoundError,
  KeyNotHeldError,
  KeyNotStoredError,
  NoEncryptionSecretError,
} from '../../keys/keys.errors.js';
import { AddKeysDto, NewKeyDto, RenameKeyDto } from './dto/key-input.dto.js';
import {
  AddedKeysDto,
  DuplicateKeyDto,
  KeyCountsDto,
  KeyPageDto,
  KeySummaryDto,
} from './dto/key-lists.dto.js';
import { KeyDto, KeyModelDto, ProbeDto, ProbedKeyDto } from './dto/key.dto.js';
import { KeysAdminController } from './keys-admin.controller.js';

const tag = 'Keys';
const id = 'key_4mFQ0dGZ1rT8sWb3XyLk9P';

const key: KeyDto = {
  id,
  label: 'team a',
  source: 'api',
  lastFour: 'wXyZ',
  state: 'exhausted',
  reason: 'quota-exhausted',
  until: '2026-11-25T13:00:00.000Z',
  models: [{ model: 'gpt-6-sol', state: 'suspended', until: '2026-11-25T12:30:00.000Z' }],
  lastError: '429 insufficient_quota',
  calls: 1_204,
  failures: 3,
  inputTokens: 88_120,
  outputTokens: 20_477,
  lastUsedAt: '2026-11-25T12:00:00.000Z',
  createdAt: '2026-11-01T08:00:00.000Z',
};

const required = true as const;
const time = { type: 'string', format: 'date-time' } as const;
const count = { type: 'integer', required } as const;

documentDto(KeyModelDto, 'A model that a key is not used for.', {
  model: { type: 'string', required },
  state: { type: 'string', enum: ['cooling', 'suspended'], required },
  until: { ...time, required },
});

const ofKey: Properties<KeyDto> = {
  id: { type: 'string', required },
  label: { type: 'string', nullable: true, required },
  source: {
    type: 'string',
    enum: [...keySources],
    required,
    description: '`env` and `file` keys can be disabled, not deleted.',
  },
  lastFour: { type: 'string', required, description: 'Empty for a secret of 8 characters.' },
  state: { type: 'string', enum: [...keyStates], required },
  reason: {
    type: 'string',
    nullable: true,
    required,
    description:
      'Why it is not active: `rejected`, `forbidden`, `quota-exhausted`, `rate-limited` or `operator`.',
  },
  until: {
    ...time,
    nullable: true,
    required,
    description: 'When it is used again, or, if `invalid` or `exhausted`, probed.',
  },
  models: { type: [KeyModelDto], required },
  lastError: { type: 'string', nullable: true, required, description: 'Status and code.' },
  calls: count,
  failures: count,
  inputTokens: count,
  outputTokens: count,
  lastUsedAt: { ...time, nullable: true, required },
  createdAt: { ...time, required },
};

documentDto(KeyDto, 'An API key, without its secret.', ofKey);

documentDto(ProbeDto, 'What the model service said of a key when it was asked.', {
  outcome: {
    type: 'string',
    required,
    description:
      'Among others `served`: it takes the key; `rejected`, `quota-exhausted`, `rate-limited`, `forbidden`: it said so; `fault`, `timeout`: it could not be asked.',
  },
  error: {
    type: 'string',
    nullable: true,
    required,
    description: 'Status and code, or the cause.',
  },
});

documentDto(ProbedKeyDto, 'A key after a probe.', {
  ...ofKey,
  probe: { type: ProbeDto, required },
});

documentDto(KeyPageDto, 'A page of keys, the oldest first.', {
  data: { type: [KeyDto], required },
  nextCursor: { type: 'string', nullable: true, required, description: 'Null on the last page.' },
});

documentDto(KeyCountsDto, 'How many keys are in which state.', {
  active: count,
  cooling: count,
  suspended: count,
  exhausted: count,
  invalid: count,
  disabled: count,
});

documentDto(KeySummaryDto, 'How many keys there are.', {
  total: count,
  byState: { type: KeyCountsDto, required },
});

documentDto(DuplicateKeyDto, 'A key that was there already.', {
  index: { ...count, description: 'Its place in the request, from 0.' },
  id: { type: 'string', required },
});

documentDto(AddedKeysDto, 'What became of keys that were to be added.', {
  added: { type: [KeyDto], required },
  duplicates: { type: [DuplicateKeyDto], required },
});

documentDto(NewKeyDto, 'A key to add.', {
  secret: {
    type: 'string',
    minLength: 8,
    maxLength: 256,
    required,
    description: 'Printable ASCII characters without blanks.',
  },
  label: { type: 'string', maxLength: 100, required: false },
});

documentDto(AddKeysDto, 'Keys to add: all or, if one is wrong, none.', {
  keys: { type: [NewKeyDto], maxItems: 1_000, required },
});

documentDto(RenameKeyDto, 'What a key is called.', {
  label: { type: 'string', nullable: true, maxLength: 100, required },
});

const everywhere = [
  new AuthFailedError('auth.missing'),
  new AuthFailedError('auth.refused'),
  new RequestRefusedError(404, 'Not found', 'Cannot GET /admin/keys'),
  new DatabaseUnavailableError(null),
];
const withBody = [
  new InvalidInputError('The body is not valid JSON'),
  new BodyTooLargeError(),
  new BodyTooSlowError(),
  new TooManyBytesError(),
  new UnsupportedCharsetError('gbk'),
  new MultipartBodyError(),
];
const ofOneKey = [...everywhere, new KeyNotFoundError()];
const pathParameters = [{ name: 'id', description: "The key's id.", example: id }];
const probed: ProbedKeyDto = Object.assign({}, key, {
  probe: { outcome: 'quota-exhausted', error: '429 insufficient_quota' } as const,
});
const theKey = { description: 'The key', content: json(KeyDto, { key }) };

function document(
  method: keyof KeysAdminController,
  route: Omit<RouteDocumentation, 'tag' | 'errorContent' | 'security'>,
): void {
  const security = [{ admin: [] }];
  documentRoute(KeysAdminController, method, {
    tag,
    errorContent: problemDetails,
    security,
    ...route,
  });
}

document('list', {
  summary: 'List keys',
  query: [
    { name: 'state', enum: [...keyStates], required: false },
    { name: 'source', enum: [...keySources], required: false },
    { name: 'label', schema: { type: 'string' }, required: false },
    {
      name: 'limit',
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
      required: false,
    },
    {
      name: 'cursor',
      schema: { type: 'string' },
      required: false,
      description: "An earlier answer's `nextCursor`.",
    },
  ],
  answer: {
    description: 'A page of keys',
    content: json(KeyPageDto, { page: { data: [key], nextCursor: null } }),
  },
  errors: [...everywhere, new InvalidInputError('limit must be a whole number from 1 to 200')],
});

document('summarize', {
  summary: 'Count keys by state',
  answer: {
    description: 'How many keys there are',
    content: json(KeySummaryDto, {
      summary: {
        total: 3,
        byState: { active: 2, cooling: 0, suspended: 0, exhausted: 1, invalid: 0, disabled: 0 },
      },
    }),
  },
  errors: everywhere,
});

document('get', { summary: 'Read a key', pathParameters, answer: theKey, errors: ofOneKey });

document('add', {
  summary: 'Add keys',
  description:
    'Stored encrypted, which needs KEY_ENCRYPTION_SECRET. A key that is there already is reported and left as it is. With one wrong key nothing is added.',
  body: json(AddKeysDto, {
    keys: { keys: [{ secret: 'sk-0123456789abcdef', label: 'team a' }] },
  }),
  isBodyRequired: true,
  answer: {
    status: 201,
    description: 'Added',
    content: json(AddedKeysDto, { added: { added: [key], duplicates: [{ index: 1, id }] } }),
  },
  errors: [
    ...everywhere,
    ...withBody,
    new NoEncryptionSecretError(),
    new EncryptionSecretRotatedError(),
  ],
});

document('rename', {
  summary: 'Label a key',
  pathParameters,
  body: json(RenameKeyDto, { label: { label: 'team a' }, none: { label: null } }),
  isBodyRequired: true,
  answer: theKey,
  errors: [...ofOneKey, ...withBody],
});

document('delete', {
  summary: 'Delete a stored key',
  description: 'Calls that already have it run on.',
  pathParameters,
  answer: { status: 204, description: 'Deleted' },
  errors: [...ofOneKey, new KeyNotStoredError('env')],
});

document('enable', {
  summary: 'Use a key again',
  description: 'Whatever its state was; what it did before is forgotten.',
  pathParameters,
  answer: theKey,
  errors: ofOneKey,
});

document('disable', {
  summary: 'Use a key no more',
  description: 'Until it is enabled, in every process and after restarts too.',
  pathParameters,
  answer: theKey,
  errors: ofOneKey,
});

document('probe', {
  summary: 'Ask the model service about a key, now',
  description:
    'Lists the models with it, which costs nothing. An invalid or exhausted key that is taken becomes active; one that is refused becomes invalid or exhausted.',
  pathParameters,
  answer: {
    description: 'The key, and what became of the probe',
    content: json(ProbedKeyDto, {
      probed,
    }),
  },
  errors: [...ofOneKey, new KeyNotHeldError()],
});
