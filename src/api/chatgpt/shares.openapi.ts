import { DatabaseUnavailableError } from '../../platform/database/database.errors.js';
import { InvalidInputError } from '../../platform/errors/http.errors.js';
import { json, text } from '../../platform/openapi/content.js';
import { documentDto } from '../../platform/openapi/document-dto.js';
import { sentences } from '../../platform/openapi/document-errors.js';
import { documentRoute } from '../../platform/openapi/document-route.js';
import { RateLimitedError } from '../../rate-limit/rate-limit.errors.js';
import { ShareNotFoundError } from '../../sharing/shares.errors.js';
import { ShareDto } from './dto/share.dto.js';
import { share, shareId } from './examples.openapi.js';
import { SharesController } from './shares.controller.js';
import {
  conversationHeader,
  conversationHeaderErrors,
  documentTextPost,
  everyGuarded,
} from './text-post.openapi.js';

const tag = 'Sharing';

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
    description: 'Empty where SHARE_PROMPTS is false.',
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

documentTextPost(SharesController, 'store', {
  tag,
  summary: 'Store the conversation for sharing',
  description: 'Freezes what was said so far. What is said later changes nothing about it.',
  headers: [conversationHeader],
  answer: {
    description: 'Stored',
    headers: { share: `The share's own id, the one to publish, like \`${shareId}\`.` },
    content: text({ stored: '保存成功' }),
  },
  errors: conversationHeaderErrors,
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
  errors: [new ShareNotFoundError(), ...everyGuarded, new RateLimitedError(20)],
  errorContent: sentences,
});

documentRoute(SharesController, 'share', {
  tag,
  summary: 'Read a stored conversation',
  description:
    'Open to anyone who knows the id. A page for browsers, which prefer `text/html`. Shares outlive their conversation, and are shown for SHARE_TTL_DAYS.',
  pathParameters: [
    {
      name: 'id',
      description: "The share's own id, or a conversation's for its newest share.",
    },
  ],
  query: [
    {
      name: 'format',
      required: false,
      enum: ['json', 'md', 'txt'],
      description: 'JSON, Markdown or plain text, whatever `Accept` says.',
    },
  ],
  answer: {
    description: 'The stored conversation',
    content: {
      ...json(ShareDto, { share }),
      'text/html': { schema: { type: 'string' } },
      'text/markdown': { schema: { type: 'string' } },
      ...text({ text: `${share.SentenceList[0]}\n\nUser:\n${share.SentenceList[0]}\n` }),
    },
  },
  errors: [
    new InvalidInputError('format must be one of json, md, txt'),
    new ShareNotFoundError(),
    new DatabaseUnavailableError(null),
  ],
  errorContent: sentences,
});
