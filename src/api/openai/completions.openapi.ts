import { InvalidFieldError } from '../../platform/errors/http.errors.js';
import { withIdempotencyKey } from '../../idempotency/idempotency-key.openapi.js';
import { CompletionsController } from './completions.controller.js';
import { documentV1, openAiAnswer, openAiJson } from './v1-route.openapi.js';

const tag = 'OpenAI-completions';
const description =
  'Passed on to the upstream with every field, known here or not; its answer comes back as it is. Nothing is kept.';
const noModel = new InvalidFieldError(
  'model',
  'missing_required_parameter',
  "Missing required parameter: 'model'.",
);
const model = 'gpt-6-luna';
const usage = { prompt_tokens: 6, completion_tokens: 3, total_tokens: 9 };
const shared = { id: 'chatcmpl-1', created: 1_795_392_000, model };

documentV1(
  CompletionsController,
  'chatCompletions',
  withIdempotencyKey({
    tag,
    summary: 'Create a chat completion',
    description,
    body: openAiJson('CreateChatCompletion', {
      plain: { model, messages: [{ role: 'user', content: 'Why is the sky blue?' }] },
      streamed: {
        model,
        messages: [{ role: 'user', content: 'Why is the sky blue?' }],
        stream: true,
        stream_options: { include_usage: true },
      },
    }),
    isBodyRequired: true,
    answer: {
      description: 'The chat completion, or its chunks',
      content: openAiAnswer(
        'ChatCompletion',
        {
          ...shared,
          object: 'chat.completion',
          choices: [
            {
              index: 0,
              message: {
                role: 'assistant',
                content: 'Air scatters blue light most.',
                refusal: null,
              },
              logprobs: null,
              finish_reason: 'stop',
            },
          ],
          usage,
        },
        'data: {"object":"chat.completion.chunk", …}\n\ndata: [DONE]\n\n',
      ),
    },
    errors: [noModel],
  }),
);

documentV1(CompletionsController, 'completions', {
  tag,
  summary: 'Create a text completion',
  description,
  body: openAiJson('CreateCompletion', { plain: { model, prompt: 'The sky is blue because' } }),
  isBodyRequired: true,
  answer: {
    description: 'The completion, or its chunks',
    content: openAiAnswer(
      'Completion',
      {
        ...shared,
        object: 'text_completion',
        choices: [
          {
            index: 0,
            text: ' air scatters blue light most.',
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
        usage,
      },
      'data: {"object":"text_completion", …}\n\ndata: [DONE]\n\n',
    ),
  },
  errors: [noModel],
});

documentV1(CompletionsController, 'embeddings', {
  tag,
  summary: 'Create embeddings',
  description,
  body: openAiJson('CreateEmbedding', {
    plain: { model: 'text-embedding-3-small', input: 'The sky is blue' },
  }),
  isBodyRequired: true,
  answer: {
    description: 'One embedding for each input',
    content: openAiJson('EmbeddingList', {
      answer: {
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: [0.014, 0.5, -0.25] }],
        model: 'text-embedding-3-small',
        usage: { prompt_tokens: 4, total_tokens: 4 },
      },
    }),
  },
  errors: [
    noModel,
    new InvalidFieldError('stream', 'unsupported_parameter', 'Embeddings cannot be streamed'),
  ],
});
