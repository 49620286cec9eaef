import {
  ConversationNotFoundError,
  CursorNotFoundError,
} from '../../conversations/conversations.errors.js';
import { InvalidFieldError } from '../../platform/errors/http.errors.js';
import { passwordRule } from '../../sharing/share-options.js';
import {
  PasswordsBusyError,
  PromptNotSharedError,
  SharingOffError,
} from '../../sharing/shares.errors.js';
import { ConversationSharesController } from './conversation-shares.controller.js';
import type { ConversationShare } from './to-share.js';
import { documentV1, openAiJson } from './v1-route.openapi.js';

const tag = 'OpenAI-conversations';
const id = 'share_6yPqJ1dUe8GsWm4KxZ0tNB';
const share: ConversationShare = {
  id,
  object: 'conversation.share',
  url: `/chatgpt/share/${id}`,
  title: 'Why is the sky blue?',
  created_at: 1_795_392_000,
  expires_at: 1_826_928_000,
  has_password: false,
};
const ofOne = { tag, pathParameters: [{ name: 'id', description: "The conversation's id" }] };
const off = new SharingOffError();

documentV1(ConversationSharesController, 'share', {
  ...ofOne,
  summary: 'Share a conversation as it is now (an extension)',
  description:
    'Only messages are published: no calls of tools, no thoughts, and instructions only together with the prompt.',
  body: openAiJson('ShareConversation', {
    plain: {},
    'with everything': { title: 'About the sky', expires_in_days: 30, password: 'a word or two' },
  }),
  answer: { description: 'The share', content: openAiJson('ConversationShare', { answer: share }) },
  errors: [
    new InvalidFieldError('password', 'invalid_value', passwordRule.sentence),
    new PromptNotSharedError(),
    new ConversationNotFoundError('conv_1'),
    off,
    new PasswordsBusyError(),
  ],
});

documentV1(ConversationSharesController, 'list', {
  ...ofOne,
  summary: 'List the shares of a conversation (an extension)',
  description: 'Also of one that is gone. The newest come first unless said.',
  query: [
    { name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 100 } },
    { name: 'order', required: false, schema: { type: 'string', enum: ['asc', 'desc'] } },
    { name: 'after', required: false, description: 'The share that the page begins behind' },
  ],
  answer: {
    description: 'A page',
    content: openAiJson('SharePage', {
      answer: { object: 'list', data: [share], first_id: id, last_id: id, has_more: false },
    }),
  },
  errors: [
    new InvalidFieldError('limit', 'invalid_value', 'limit must be from 1 to 100'),
    new CursorNotFoundError(id),
    off,
  ],
});
