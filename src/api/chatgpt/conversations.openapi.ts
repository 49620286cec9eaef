import { InvalidInputError } from '../../platform/errors/http.errors.js';
import { DialogEmptyError, TurnRunningError } from '../../conversations/conversations.errors.js';
import { form, json, text } from '../../platform/openapi/content.js';
import type { Answer } from '../../platform/openapi/document-route.js';
import { documentDto } from '../../platform/openapi/document-dto.js';
import { ConversationsController } from './conversations.controller.js';
import { CreateConversationDto } from './dto/create-conversation.dto.js';
import { CreateRolePlayDto } from './dto/create-role-play.dto.js';
import {
  answer,
  chatPrompt,
  conversationId,
  prompt,
  question,
  rolePlay,
  transcript,
} from './examples.openapi.js';
import {
  conversationHeader,
  conversationHeaderErrors,
  documentTextPost,
  jsonErrors,
} from './text-post.openapi.js';

const tag = 'Conversations';
const created: Answer = {
  description: "The new conversation's id",
  content: text({ id: conversationId }),
};
const promptProperty = {
  type: 'string',
  required: false,
  description: 'What the model is told to be. Blank or absent: the default prompt.',
  example: chatPrompt,
} as const;
const streamProperty = {
  type: 'boolean',
  required: false,
  default: false,
  description: "Whether the conversation's answers come as event streams.",
} as const;

documentDto(CreateConversationDto, 'What createTurbo and createGPT4 take as JSON.', {
  prompt: promptProperty,
  stream: streamProperty,
});

const nameProperty = { type: 'string', required: true, minLength: 1, maxLength: 64 } as const;
const nameRule = '1 to 64 characters without line breaks or control characters';

documentDto(CreateRolePlayDto, 'What createRolePlay takes, as JSON or as a form.', {
  human_name: { ...nameProperty, description: `The user's name, ${nameRule}.`, example: 'human' },
  ai_name: {
    ...nameProperty,
    description: `The name of who the model plays, ${nameRule}, other than human_name.`,
    example: 'AI',
  },
  prompt: promptProperty,
  stream: streamProperty,
});

documentTextPost(ConversationsController, 'create', {
  tag,
  summary: 'Start a conversation with the gpt3 model',
  description: `The body is the prompt. Left blank it is:\n\n> ${prompt}`,
  headers: [
    {
      name: 'settings',
      description:
        'Absent or empty for a plain conversation, `FriendChat` for one between friends.',
      schema: { type: 'string', enum: ['FriendChat'] },
    },
    {
      name: 'stream',
      description: "Whether the conversation's answers come as event streams.",
      schema: { type: 'boolean' },
    },
  ],
  body: text({ prompt }),
  answer: created,
  errors: [
    new InvalidInputError('No such setting: Poetry'),
    new InvalidInputError('stream must be true or false'),
  ],
});

for (const [method, model] of [
  ['createTurbo', 'turbo'],
  ['createGpt4', 'gpt4'],
] as const) {
  documentTextPost(ConversationsController, method, {
    tag,
    summary: `Start a conversation with the ${model} model`,
    description: `The body is the prompt; a body that begins with \`{\` is JSON. Left blank the prompt is:\n\n> ${chatPrompt}`,
    body: {
      ...text({ prompt: chatPrompt }),
      ...json(CreateConversationDto, { streamed: { prompt: chatPrompt, stream: true } }),
    },
    answer: created,
    errors: jsonErrors,
  });
}

documentTextPost(ConversationsController, 'createRolePlay', {
  tag,
  summary: 'Start a role play with the gpt3 model',
  body: { ...json(CreateRolePlayDto, { rolePlay }), ...form(CreateRolePlayDto, { rolePlay }) },
  isBodyRequired: true,
  answer: created,
  errors: [
    ...jsonErrors,
    new InvalidInputError(`human_name must be ${nameRule}`),
    new InvalidInputError(`ai_name must be ${nameRule}`),
    new InvalidInputError('human_name and ai_name must differ'),
    new InvalidInputError('stream is given twice'),
  ],
});

const about = { tag, headers: [conversationHeader] };
const running = new TurnRunningError(30_000);

documentTextPost(ConversationsController, 'rollback', {
  ...about,
  summary: 'Take back the last question and its answer',
  answer: { description: 'Done', content: text({ done: 'Rollback Succeeded' }) },
  errors: [
    ...conversationHeaderErrors,
    new DialogEmptyError({ detail: 'Failed to rollback, dialog is empty' }),
    running,
  ],
});

documentTextPost(ConversationsController, 'context', {
  ...about,
  summary: 'Read the transcript as text',
  description: 'The prompt, an empty line, then each sentence after the name of who said it.',
  answer: { description: 'The transcript', content: text({ transcript }) },
  errors: conversationHeaderErrors,
});

documentTextPost(ConversationsController, 'contextArray', {
  ...about,
  summary: 'Read the sentences as JSON',
  answer: {
    description: 'Questions and answers, in order',
    content: {
      'application/json': {
        schema: { type: 'array', items: { type: 'string' } },
        examples: { sentences: { value: [question, answer] } },
      },
    },
  },
  errors: conversationHeaderErrors,
});

documentTextPost(ConversationsController, 'finish', {
  ...about,
  summary: 'End the conversation and delete it',
  description:
    'A conversation that is left alone expires by itself. Its shares stay, unless they are deleted with it.',
  headers: [
    conversationHeader,
    {
      name: 'shares',
      required: false,
      description: '`delete` takes all shares of the conversation along, in the same write.',
      schema: { type: 'string', enum: ['keep', 'delete'], default: 'keep' },
    },
  ],
  answer: { description: 'Done', content: text({ done: 'Conversation finished' }) },
  errors: [
    ...conversationHeaderErrors,
    new InvalidInputError('shares must be keep or delete'),
    running,
  ],
});
