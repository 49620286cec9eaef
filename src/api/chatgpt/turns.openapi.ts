import { InvalidInputError } from '../../platform/errors/http.errors.js';
import {
  ClaimLostError,
  ConversationNotFoundError,
  ConversationTooLongError,
  DialogEmptyError,
  TurnRunningError,
} from '../../conversations/conversations.errors.js';
import { text } from '../../platform/openapi/content.js';
import { withIdempotencyKey } from '../../idempotency/idempotency-key.openapi.js';
import { ContextLengthError } from '../../turns/context-window.errors.js';
import { misnamed } from './conversation-header.decorator.js';
import { question, unknownId } from './examples.openapi.js';
import {
  conversationHeader,
  conversationHeaderErrors,
  documentTextPost,
  modelAnswer,
} from './text-post.openapi.js';
import { TurnsController } from './turns.controller.js';

const tag = 'Turns';
const streaming =
  'The answer is an event stream if the conversation was created so, or with `Accept: text/event-stream`.';
const turnErrors = [
  new ContextLengthError("The question is too long for the model's window"),
  new TurnRunningError(30_000),
  new ClaimLostError(),
];

documentTextPost(
  TurnsController,
  'chat',
  withIdempotencyKey({
    tag,
    summary: 'Ask a question',
    description: `${streaming} Without the header \`conversation\` the turbo model answers once and nothing is kept.`,
    headers: [
      {
        ...conversationHeader,
        required: false,
        description: `${conversationHeader.description ?? ''} Absent: no conversation is kept. A name near it, like \`conversation-id\`, is refused.`,
      },
    ],
    body: text({ question }),
    isBodyRequired: true,
    answer: modelAnswer('The answer'),
    errors: [
      new InvalidInputError('Question can not be empty'),
      misnamed('conversation-id'),
      new ConversationTooLongError(),
      new ConversationNotFoundError(unknownId),
      ...turnErrors,
    ],
  }),
);

documentTextPost(TurnsController, 'regenerate', {
  tag,
  summary: 'Ask the last question again',
  description: `The old answer stays until the new one is complete. ${streaming}`,
  headers: [conversationHeader],
  answer: modelAnswer('The new answer'),
  errors: [
    ...conversationHeaderErrors,
    new DialogEmptyError({ detail: 'Failed to regenerate, dialog is empty' }),
    ...turnErrors,
  ],
});
