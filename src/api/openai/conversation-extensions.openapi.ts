import { ListNotAllowedError } from '../../auth/auth.errors.js';
import { InvalidFieldError } from '../../platform/errors/http.errors.js';
import {
  ConversationNotFoundError,
  ConversationTooLongError,
  CursorNotFoundError,
  DialogEmptyError,
  ItemNotFoundError,
  TurnRunningError,
} from '../../conversations/conversations.errors.js';
import { ConversationExtensionsController } from './conversation-extensions.controller.js';
import { exampleEvents, exampleResponse, turnErrors } from './responses.openapi.js';
import { documentV1, openAiAnswer, openAiJson } from './v1-route.openapi.js';

const tag = 'OpenAI-conversations';
const id = 'conv_5dCMMKFI0aB1cD2eF3gH4i';
const conversation = { id, object: 'conversation', created_at: 1_795_392_000, metadata: {} };
const theConversation = {
  description: 'The conversation',
  content: openAiJson('Conversation', { answer: conversation }),
};
const unknown = new ConversationNotFoundError(id);
const locked = new TurnRunningError(30_000);
const empty = new DialogEmptyError({ detail: 'Failed to rollback, dialog is empty' });
const ofOne = { tag, pathParameters: [{ name: 'id', description: "The conversation's id" }] };

documentV1(ConversationExtensionsController, 'list', {
  tag,
  summary: 'List conversations (an extension)',
  description:
    'Takes the ADMIN_TOKEN as bearer, or with V1_LIST=true the TOKEN of AUTH_MODE `simple`. The newest come first unless said.',
  isGuarded: true,
  query: [
    { name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 100 } },
    { name: 'order', required: false, schema: { type: 'string', enum: ['asc', 'desc'] } },
    { name: 'after', required: false, description: 'The conversation that the page begins behind' },
    {
      name: 'metadata',
      required: false,
      description:
        'Only those with these pairs of metadata, like `metadata[topic]=sky`; at most 16 pairs',
      style: 'deepObject',
      explode: true,
      schema: { type: 'object', additionalProperties: { type: 'string' } },
      example: { topic: 'sky' },
    },
    { name: 'created_after', required: false, schema: { type: 'integer' } },
    { name: 'created_before', required: false, schema: { type: 'integer' } },
  ],
  answer: {
    description: 'A page',
    content: openAiJson('ConversationPage', {
      answer: { object: 'list', data: [conversation], first_id: id, last_id: id, has_more: false },
    }),
  },
  errors: [
    new CursorNotFoundError(id),
    new InvalidFieldError('limit', 'invalid_value', 'limit must be from 1 to 100'),
    new ListNotAllowedError(),
  ],
});

documentV1(ConversationExtensionsController, 'fork', {
  ...ofOne,
  summary: 'Begin a new conversation with the items of another (an extension)',
  body: openAiJson('ForkConversation', {
    whole: {},
    'up to an item': { up_to: 'msg_5dCMMKFI0aB1cD2eF3gH4i' },
  }),
  answer: theConversation,
  errors: [unknown, new ItemNotFoundError('msg_1'), new ConversationTooLongError()],
});

documentV1(ConversationExtensionsController, 'regenerate', {
  ...ofOne,
  summary: 'Answer the last question again (an extension)',
  description:
    'The old answer stays until the new one is there; its response stays retrievable. It is asked for as that one was, but for what this call says otherwise.',
  body: openAiJson('RegenerateAnswer', { same: {}, other: { model: 'gpt-6-sol', stream: true } }),
  answer: {
    description: 'The new response, or its events',
    content: openAiAnswer('Response', exampleResponse, exampleEvents),
  },
  errors: [empty, unknown, ...turnErrors],
});

documentV1(ConversationExtensionsController, 'rollback', {
  ...ofOne,
  summary: 'Take back the last turn (an extension)',
  answer: theConversation,
  errors: [empty, locked, unknown],
});
