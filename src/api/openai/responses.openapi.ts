import { InvalidFieldError, ShuttingDownError } from '../../platform/errors/http.errors.js';
import {
  ClaimLostError,
  ConversationNotFoundError,
  ConversationTooLongError,
  CursorNotFoundError,
  TurnRunningError,
} from '../../conversations/conversations.errors.js';
import { TooManyRunningCallsError } from '../../platform/lifecycle/in-flight-calls.errors.js';
import { withIdempotencyKey } from '../../idempotency/idempotency-key.openapi.js';
import {
  NotInBackgroundError,
  PreviousResponseNotFoundError,
  PreviousResponseOpenError,
  ResponseChainTooLongError,
  ResponseEventsLostError,
  ResponseNotFoundError,
  TooManyInBackgroundError,
} from '../../responses/responses.errors.js';
import {
  CompactionIncompleteError,
  CompactionUnreadableError,
} from '../../turns/compaction.errors.js';
import { ContextLengthError } from '../../turns/context-window.errors.js';
import { EmptyAnswerError } from '../../upstreams/upstream.errors.js';
import { ResponsesController } from './responses.controller.js';
import { documentV1, includeQuery, openAiAnswer, openAiJson } from './v1-route.openapi.js';

const tag = 'OpenAI-responses';
const model = 'gpt-6-luna';
const input = 'Why is the sky blue?';
const id = 'resp_5dCMMKFI0aB1cD2eF3gH4i';

/** A response as the examples of this document show it. */
export const exampleResponse = {
  id,
  object: 'response',
  created_at: 1_795_392_000,
  completed_at: 1_795_392_003,
  status: 'completed',
  background: false,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  model,
  output: [
    {
      id: 'msg_5dCMMKFI0aB1cD2eF3gH4i',
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [
        {
          type: 'output_text',
          text: 'Air scatters blue light most.',
          annotations: [],
          logprobs: [],
        },
      ],
    },
  ],
  parallel_tool_calls: true,
  previous_response_id: null,
  conversation: null,
  reasoning: { effort: null, summary: null },
  store: true,
  temperature: 1,
  top_p: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  truncation: 'auto',
  metadata: {},
  usage: {
    input_tokens: 11,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 18,
  },
  service_tier: 'default',
  safety_identifier: null,
  prompt_cache_key: null,
};

export const exampleEvents =
  'event: response.created\ndata: {"type":"response.created","sequence_number":0, …}\n\n' +
  'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"Air", …}\n\n' +
  'event: response.completed\ndata: {"type":"response.completed", …}\n\ndata: [DONE]\n\n';

/** What a turn of this API may answer beside its own. */
export const turnErrors = [
  new ConversationTooLongError(),
  new ContextLengthError("The question is too long for the model's window"),
  new TurnRunningError(30_000),
  new ClaimLostError(),
  new EmptyAnswerError(),
  new CompactionUnreadableError(),
  new CompactionIncompleteError(),
];

const badField = new InvalidFieldError(
  'tools[0].type',
  'unsupported_parameter',
  "Tools of the type 'web_search' are not supported: only functions and custom tools are",
);
/** What may be wrong with what a call builds on. */
export const builtOn = [
  new PreviousResponseNotFoundError(id),
  new PreviousResponseOpenError(id, 'in_progress'),
  new ResponseChainTooLongError(id),
  new ConversationNotFoundError('conv_5dCMMKFI0aB1cD2eF3gH4i'),
];

documentV1(
  ResponsesController,
  'create',
  withIdempotencyKey({
    tag,
    summary: 'Create a response',
    description:
      'Asked of chat completions; what they cannot do is a 400 that names the field. Fields that are not described here are taken and change nothing, or with V1_STRICT=true are a 400. With `conversation` the items of question and answer are added to it before the last event is sent. `truncation` left out is `auto`, unlike OpenAI’s `disabled`: `x-context-trimmed` says how many turns were left out. With `background: true`, which needs `store`, it is answered at once with `in_progress` (or with `stream`, as its events come) and goes on when the caller leaves; see the routes below for how to follow and cancel it.',
    body: openAiJson('CreateResponse', {
      plain: { model, input },
      streamed: { model, input, stream: true },
      'in the background': { model, input, background: true },
      'with a format': {
        model,
        input,
        text: {
          format: { type: 'json_schema', name: 'answer', schema: { type: 'object' }, strict: true },
        },
      },
    }),
    isBodyRequired: true,
    answer: {
      description: 'The response, or its events',
      headers: { 'x-context-trimmed': 'How many turns were left out, if any.' },
      content: openAiAnswer('Response', exampleResponse, exampleEvents),
    },
    errors: [badField, ...builtOn, ...turnErrors, new TooManyInBackgroundError(100)],
  }),
);

documentV1(ResponsesController, 'countInput', {
  tag,
  summary: 'Count the tokens of an input',
  description:
    'An estimate: by bytes, and by what the upstream counted for the same conversation before.',
  body: openAiJson('CreateResponse', { plain: { model, input } }),
  isBodyRequired: true,
  answer: {
    description: 'The tokens',
    content: openAiJson('InputTokens', {
      answer: { object: 'response.input_tokens', input_tokens: 11 },
    }),
  },
  errors: [badField, ...builtOn],
});

const ofOne = { tag, pathParameters: [{ name: 'id', description: "The response's id" }] };
const unknown = new ResponseNotFoundError(id);

documentV1(ResponsesController, 'retrieve', {
  ...ofOne,
  summary: 'Find a stored response, or follow it',
  description:
    'With `stream=true` the events of a response in the background, the kept ones and then those to come: behind `starting_after` each of them once. They are kept until an hour after the end, 4 MiB of each response at most; lost ones are a 404, and the response itself can still be found. Of a response whose process has died the status is `failed` when its lease (`TURN_LEASE_SECONDS`) has run out.',
  query: [
    { name: 'stream', required: false, schema: { type: 'boolean' } },
    {
      name: 'starting_after',
      required: false,
      description:
        'The `sequence_number` of the last event that the caller has; from the first one unless said. Only with `stream=true`.',
      schema: { type: 'integer', minimum: 0 },
    },
    includeQuery,
    {
      name: 'include_obfuscation',
      required: false,
      description: 'Taken, and changes nothing.',
      schema: { type: 'boolean' },
    },
  ],
  answer: {
    description: 'The response, or its events',
    content: openAiAnswer('Response', exampleResponse, exampleEvents),
  },
  errors: [
    unknown,
    new ResponseEventsLostError('resp_…'),
    new InvalidFieldError('starting_after', 'invalid_value', 'starting_after must be a number'),
    new NotInBackgroundError('be streamed again'),
    new TooManyRunningCallsError(),
    new ShuttingDownError(),
  ],
});

documentV1(ResponsesController, 'cancel', {
  ...ofOne,
  summary: 'Cancel a response in the background',
  description:
    'Nothing of its turn is kept, and its conversation is free at once; its events end with `response.failed`, in which the status is `cancelled`. A process that is not the one asked stops asking the model within a third of `TURN_LEASE_SECONDS`. A response that has ended stays as it is.',
  answer: {
    description: 'The response as it ended',
    content: openAiJson('Response', {
      answer: {
        ...exampleResponse,
        background: true,
        status: 'cancelled',
        completed_at: null,
        output: [],
        usage: null,
      },
    }),
  },
  errors: [unknown, new NotInBackgroundError('be cancelled')],
});

documentV1(ResponsesController, 'delete', {
  ...ofOne,
  summary: 'Delete a stored response',
  description:
    'Items that it added to a conversation stay there. One that still runs is cancelled.',
  answer: {
    description: 'It is gone',
    content: openAiJson('DeletedResponse', { answer: { id, object: 'response', deleted: true } }),
  },
  errors: [unknown],
});

documentV1(ResponsesController, 'listInput', {
  ...ofOne,
  summary: 'List the items that a response was asked with',
  query: [
    { name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 100 } },
    { name: 'order', required: false, schema: { type: 'string', enum: ['asc', 'desc'] } },
    { name: 'after', required: false, description: 'The item that the page begins behind' },
    includeQuery,
  ],
  answer: {
    description: 'A page',
    content: openAiJson('ItemPage', {
      answer: {
        object: 'list',
        data: [
          {
            type: 'message',
            id: 'msg_1',
            status: 'completed',
            role: 'user',
            content: [{ type: 'input_text', text: input }],
          },
        ],
        first_id: 'msg_1',
        last_id: 'msg_1',
        has_more: false,
      },
    }),
  },
  errors: [new CursorNotFoundError('msg_1'), unknown],
});
