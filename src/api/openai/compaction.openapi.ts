import { withIdempotencyKey } from '../../idempotency/idempotency-key.openapi.js';
import { InvalidFieldError } from '../../platform/errors/http.errors.js';
import { NothingToCompactError } from '../../turns/compaction.errors.js';
import { CompactionController } from './compaction.controller.js';
import { builtOn, turnErrors } from './responses.openapi.js';
import { documentV1, openAiJson } from './v1-route.openapi.js';

const question = 'Why is the sky blue?';

documentV1(
  CompactionController,
  'compact',
  withIdempotencyKey({
    tag: 'OpenAI-responses',
    summary: 'Compact what was said',
    description:
      'Puts what was said into one item that takes its place: the users’ messages come back, and behind them the compaction, which is handed on with what comes next. A model service that speaks the Responses API compacts by itself; any other one is asked for a summary, which is sealed so that only this service opens it. With `conversation` (ours) the compaction is added to the conversation as a turn of its own: models are told no more of what stands before it, and all of it can still be read.',
    body: openAiJson('CompactResponse', {
      plain: {
        model: 'gpt-6-luna',
        input: [
          { role: 'user', content: question },
          { role: 'assistant', content: 'Air scatters blue light most.' },
        ],
      },
    }),
    isBodyRequired: true,
    answer: {
      description: 'The window to go on from',
      content: openAiJson('CompactedResponse', {
        answer: {
          id: 'resp_5dCMMKFI0aB1cD2eF3gH4i',
          object: 'response.compaction',
          created_at: 1_795_392_000,
          output: [
            {
              type: 'message',
              id: 'msg_5dCMMKFI0aB1cD2eF3gH4i',
              status: 'completed',
              role: 'user',
              content: [{ type: 'input_text', text: question }],
            },
            {
              type: 'compaction',
              id: 'cmp_5dCMMKFI0aB1cD2eF3gH4i',
              encrypted_content: 'alice1.tWbM0…',
            },
          ],
          usage: {
            input_tokens: 240,
            input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
            output_tokens: 12,
            output_tokens_details: { reasoning_tokens: 0 },
            total_tokens: 252,
          },
        },
      }),
    },
    errors: [
      new InvalidFieldError('instructions', 'invalid_type', 'instructions must be a string'),
      new NothingToCompactError(),
      ...builtOn,
      ...turnErrors,
    ],
  }),
);
