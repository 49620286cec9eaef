import { InvalidFieldError } from '../../platform/errors/http.errors.js';
import {
  ConversationNotFoundError,
  ConversationTooLongError,
  CursorNotFoundError,
  ItemNotFoundError,
  TurnRunningError,
} from '../../conversations/conversations.errors.js';
import { withIdempotencyKey } from '../../idempotency/idempotency-key.openapi.js';
import { ConversationItemsController } from './conversation-items.controller.js';
import { OpenAiConversationsController } from './openai-conversations.controller.js';
import { documentV1, includeQuery, openAiJson } from './v1-route.openapi.js';

const tag = 'OpenAI-conversations';
const id = 'conv_5dCMMKFI0aB1cD2eF3gH4i';
const conversation = {
  id,
  object: 'conversation',
  created_at: 1_795_392_000,
  metadata: { topic: 'sky' },
};
const message = {
  type: 'message',
  id: 'msg_5dCMMKFI0aB1cD2eF3gH4i',
  status: 'completed',
  role: 'user',
  content: [{ type: 'input_text', text: 'Why is the sky blue?' }],
};
const list = {
  object: 'list',
  data: [message],
  first_id: message.id,
  last_id: message.id,
  has_more: false,
};
const unknown = new ConversationNotFoundError(id);
const locked = new TurnRunningError(30_000);
const badMetadata = new InvalidFieldError(
  'metadata',
  'invalid_value',
  'metadata takes at most 16 pairs',
);
const items = [{ role: 'user', content: 'Why is the sky blue?' }];
const theConversation = {
  description: 'The conversation',
  content: openAiJson('Conversation', { answer: conversation }),
};

documentV1(
  OpenAiConversationsController,
  'create',
  withIdempotencyKey({
    tag,
    summary: 'Create a conversation',
    description:
      'With up to 20 items. It does not expire, unless V1_CONVERSATION_TTL_SECONDS or `metadata.expires_after_seconds` (idle time, 0 for never) says so.',
    body: openAiJson('CreateConversation', {
      empty: {},
      'with items': { metadata: { topic: 'sky' }, items },
    }),
    answer: theConversation,
    errors: [badMetadata, new ConversationTooLongError()],
  }),
);

const ofOne = { tag, pathParameters: [{ name: 'id', description: "The conversation's id" }] };

documentV1(OpenAiConversationsController, 'retrieve', {
  ...ofOne,
  summary: 'Find a conversation, whichever API made it',
  answer: theConversation,
  errors: [unknown],
});

documentV1(OpenAiConversationsController, 'update', {
  ...ofOne,
  summary: 'Replace the metadata of a conversation',
  body: openAiJson('UpdateConversation', { metadata: { metadata: { topic: 'sea' } } }),
  isBodyRequired: true,
  answer: theConversation,
  errors: [badMetadata, unknown],
});

documentV1(OpenAiConversationsController, 'delete', {
  ...ofOne,
  summary: 'Delete a conversation with its items',
  query: [
    {
      name: 'shares',
      required: false,
      description: '`delete` takes all shares of the conversation along, in the same write.',
      schema: { type: 'string', enum: ['keep', 'delete'], default: 'keep' },
    },
  ],
  answer: {
    description: 'It is gone',
    content: openAiJson('DeletedConversation', {
      answer: { id, object: 'conversation.deleted', deleted: true },
    }),
  },
  errors: [
    new InvalidFieldError('shares', 'invalid_value', 'shares must be one of keep, delete'),
    locked,
    unknown,
  ],
});

const conversationParameter = { name: 'conversation', description: "The conversation's id" };
const ofItems = { tag, pathParameters: [conversationParameter] };
const ofItem = {
  tag,
  pathParameters: [conversationParameter, { name: 'item', description: "The item's id" }],
};

documentV1(ConversationItemsController, 'create', {
  ...ofItems,
  summary: 'Add up to 20 items',
  query: [includeQuery],
  body: openAiJson('CreateItems', { message: { items } }),
  isBodyRequired: true,
  answer: { description: 'The new items', content: openAiJson('ItemPage', { answer: list }) },
  errors: [
    new InvalidFieldError(
      'items[0].role',
      'missing_required_parameter',
      'items[0].role is missing',
    ),
    new ConversationTooLongError(),
    locked,
    unknown,
  ],
});

documentV1(ConversationItemsController, 'list', {
  ...ofItems,
  summary: 'List the items, the newest first unless said',
  query: [
    { name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 100 } },
    { name: 'order', required: false, schema: { type: 'string', enum: ['asc', 'desc'] } },
    { name: 'after', required: false, description: 'The item that the page begins behind' },
    includeQuery,
  ],
  answer: { description: 'A page', content: openAiJson('ItemPage', { answer: list }) },
  errors: [new CursorNotFoundError('msg_1'), unknown],
});

documentV1(ConversationItemsController, 'retrieve', {
  ...ofItem,
  summary: 'Find an item',
  query: [includeQuery],
  answer: { description: 'The item', content: openAiJson('ListedItem', { answer: message }) },
  errors: [new ItemNotFoundError('msg_1')],
});

documentV1(ConversationItemsController, 'delete', {
  ...ofItem,
  summary: 'Take one item away',
  answer: theConversation,
  errors: [locked, new ItemNotFoundError('msg_1'), unknown],
});
