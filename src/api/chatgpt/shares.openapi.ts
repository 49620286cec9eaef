import { ListNotAllowedError } from '../../auth/auth.errors.js';
import { CursorNotFoundError } from '../../conversations/conversations.errors.js';
import { DatabaseUnavailableError } from '../../platform/database/database.errors.js';
import { InvalidFieldError, InvalidInputError } from '../../platform/errors/http.errors.js';
import { json, text } from '../../platform/openapi/content.js';
import { documentDto } from '../../platform/openapi/document-dto.js';
import { sentences } from '../../platform/openapi/document-errors.js';
import { documentRoute } from '../../platform/openapi/document-route.js';
import { conversationKinds } from '../../providers/transcript.js';
import { RateLimitedError } from '../../rate-limit/rate-limit.errors.js';
import { sharedKindOf } from '../../sharing/shared-content.js';
import { mostDays, passwordRule, titleRule } from '../../sharing/share-options.js';
import {
  PasswordsBusyError,
  PromptNotSharedError,
  ShareNotFoundError,
  SharePasswordRequiredError,
  SharePasswordWrongError,
  SharingOffError,
  TooManyPasswordsError,
} from '../../sharing/shares.errors.js';
import { ListedShareDto, ShareDto, SharePageDto } from './dto/share.dto.js';
import { StoreShareDto } from './dto/store-share.dto.js';
import { conversationId, question, share, shareId } from './examples.openapi.js';
import { shareFormats } from './pipes/share-format.pipe.js';
import { SharesController } from './shares.controller.js';
import {
  conversationHeader,
  conversationHeaderErrors,
  documentTextPost,
  everyBody,
  everyGuarded,
} from './text-post.openapi.js';

const tag = 'Sharing';
const anyText = { schema: { type: 'string' } };

documentDto(ShareDto, 'A conversation as it was when it was stored.', {
  Id: {
    type: 'string',
    required: true,
    description: 'The id that was asked for.',
    example: shareId,
  },
  Prompt: {
    type: 'string',
    required: true,
    description: 'Empty unless SHARE_PROMPT is true, and whoever shared it wants it shown.',
    example: share.Prompt,
  },
  SentenceList: {
    type: 'array',
    items: { type: 'string' },
    required: true,
    description: 'Questions and answers, in order.',
    example: share.SentenceList,
  },
});

documentDto(StoreShareDto, 'What store takes, as JSON; all of it may be left out.', {
  title: {
    type: 'string',
    required: false,
    maxLength: 200,
    description: 'One line. Absent: made from the first question.',
    example: 'About the sky',
  },
  expires_in_days: {
    type: 'integer',
    required: false,
    minimum: 1,
    maximum: mostDays,
    description: 'Days from now, at most SHARE_TTL_DAYS, which is also the default.',
  },
  password: {
    type: 'string',
    required: false,
    minLength: 8,
    maxLength: 128,
    description: 'Without it the share is open to everyone who knows the id.',
    example: 'a word or two',
  },
  show_prompt: {
    type: 'boolean',
    required: false,
    description:
      "Whether the conversation's prompt is shown: SHARE_PROMPT, and not true without that.",
  },
});

const listed: ListedShareDto = {
  id: shareId,
  title: question,
  created_at: 1_795_392_000,
  expires_at: 1_826_928_000,
  has_password: false,
  conversation_id: conversationId,
  kind: 'turbo',
};

documentDto(ListedShareDto, 'A share as a list shows it.', {
  id: { type: 'string', required: true },
  title: { type: 'string', required: true },
  created_at: { type: 'integer', required: true, description: 'Seconds since 1970.' },
  expires_at: {
    type: 'integer',
    required: true,
    nullable: true,
    description: 'Seconds since 1970; null is for ever.',
  },
  has_password: { type: 'boolean', required: true },
  conversation_id: { type: 'string', required: true },
  kind: {
    type: 'string',
    enum: [...conversationKinds.map((kind) => sharedKindOf({ kind, model: null })), 'v1'],
    required: true,
    nullable: true,
    description: 'Null for shares of before it was stored.',
  },
});

documentDto(SharePageDto, 'A page of shares.', {
  data: { type: [ListedShareDto], required: true },
  has_more: { type: 'boolean', required: true },
});

const off = new SharingOffError();

documentTextPost(SharesController, 'store', {
  tag,
  summary: 'Store the conversation for sharing',
  description:
    'Freezes what was said so far. What is said later changes nothing about it. The body is blank, or JSON.',
  headers: [conversationHeader],
  answer: {
    description: 'Stored',
    headers: { share: `The share's own id, the one to publish, like \`${shareId}\`.` },
    content: text({ stored: '保存成功' }),
  },
  body: json(StoreShareDto, {
    plain: {},
    'with everything': { title: 'About the sky', expires_in_days: 30, password: 'a word or two' },
  }),
  errors: [
    ...conversationHeaderErrors,
    off,
    new InvalidInputError('The body is not valid JSON'),
    new InvalidInputError('The body must be a JSON object'),
    new InvalidInputError('Unknown key: temperature'),
    new InvalidInputError(titleRule.sentence),
    new InvalidInputError(passwordRule.sentence),
    new InvalidFieldError(
      'expires_in_days',
      'invalid_value',
      'expires_in_days must be a whole number from 1 to 365',
    ),
    new PromptNotSharedError(),
    new PasswordsBusyError(),
  ],
});

documentRoute(SharesController, 'list', {
  tag,
  summary: 'List stored conversations',
  description:
    'Takes the ADMIN_TOKEN as bearer, or with V1_LIST=true the TOKEN of AUTH_MODE `simple`. The newest come first unless said.',
  isGuarded: true,
  query: [
    { name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 100 } },
    { name: 'order', required: false, schema: { type: 'string', enum: ['asc', 'desc'] } },
    { name: 'after', required: false, description: 'The share that the page begins behind' },
  ],
  answer: {
    description: 'A page',
    content: json(SharePageDto, { page: { data: [listed], has_more: false } }),
  },
  errors: [
    new InvalidFieldError('limit', 'invalid_value', 'limit must be from 1 to 100'),
    new CursorNotFoundError(shareId),
    new ListNotAllowedError(),
    off,
    ...everyGuarded,
  ],
  errorContent: sentences,
});

documentRoute(SharesController, 'delete', {
  tag,
  summary: 'Take a stored conversation back',
  pathParameters: [
    {
      name: 'id',
      description: "The share's own id, or a conversation's for all of its shares.",
    },
  ],
  answer: { description: 'Deleted', content: text({ deleted: 'Share deleted' }) },
  errors: [new ShareNotFoundError(), off, ...everyGuarded, new RateLimitedError(20)],
  errorContent: sentences,
});

documentRoute(SharesController, 'share', {
  tag,
  summary: 'Read a stored conversation',
  description:
    'Open to anyone who knows the id, and the password where there is one. Shares outlive their conversation, and are shown until they expire, for SHARE_TTL_DAYS at most.',
  headers: [
    {
      name: 'share-password',
      required: false,
      description: "The share's password, in UTF-8. Tried ten times a minute from one address.",
    },
  ],
  pathParameters: [
    {
      name: 'id',
      description:
        "The share's own id, or, unless SHARE_BY_CONVERSATION_ID is off, a conversation's for its newest share.",
    },
  ],
  query: [
    {
      name: 'format',
      required: false,
      enum: [...shareFormats],
      description: 'JSON, Markdown or plain text, whatever `Accept` says.',
    },
  ],
  answer: {
    description: 'The stored conversation: JSON, or a page where `Accept` prefers `text/html`',
    content: {
      ...json(ShareDto, { share }),
      'text/html': anyText,
      'text/markdown': anyText,
      'text/plain': anyText,
    },
  },
  errors: [
    new InvalidInputError(`format must be one of ${shareFormats.join(', ')}`),
    new ShareNotFoundError(),
    off,
    new SharePasswordRequiredError(),
    new SharePasswordWrongError(),
    new TooManyPasswordsError(20),
    new PasswordsBusyError(),
    new DatabaseUnavailableError(null),
  ],
  errorContent: sentences,
});

documentRoute(SharesController, 'unlock', {
  tag,
  summary: 'Open a stored conversation with its password, in a browser',
  description: "What the form of a share's page sends. Programs send the header `share-password`.",
  pathParameters: [{ name: 'id', description: 'As it stands in the address of the page.' }],
  body: {
    'application/x-www-form-urlencoded': {
      schema: {
        type: 'object',
        properties: { password: { type: 'string' } },
        required: ['password'],
      },
    },
  },
  isBodyRequired: true,
  answer: {
    status: 303,
    description: 'The page, to be asked for again',
    headers: {
      Location: 'The same address.',
      'Set-Cookie': 'Opens the page for twelve hours, or until the share has another password.',
    },
  },
  errors: [
    new InvalidInputError('password is missing'),
    ...everyBody,
    new ShareNotFoundError(),
    off,
    new SharePasswordWrongError(),
    new TooManyPasswordsError(20),
    new PasswordsBusyError(),
    new DatabaseUnavailableError(null),
  ],
  errorContent: sentences,
});
