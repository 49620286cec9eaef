import { refusal } from '../refusals.js';
import type { Refusal } from '../refusals.js';

const sampleReasoning = 'rs_0000000000000001';

/** What a Responses service refuses a request with, in OpenAI's words. */
export const responseRefusals = {
  reasoningWithoutFollowing: (id: string = sampleReasoning) =>
    invalid(
      `Item '${id}' of type 'reasoning' was provided without its required following item.`,
      'input',
    ),
  itemWithoutReasoning: (type: string, id: string, reasoningId: string = sampleReasoning) =>
    invalid(
      `Item '${id}' of type '${type}' was provided without its required 'reasoning' item: '${reasoningId}'.`,
      'input',
    ),
  itemNotFound: (id: string = sampleReasoning) =>
    refusal(404, {
      message: `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
      param: 'input',
      code: null,
    }),
  invalidEncryptedContent: (
    id: string = sampleReasoning,
    reason = 'Encrypted content could not be decrypted or parsed.',
  ) =>
    invalid(
      `The encrypted content for item ${id} could not be verified. Reason: ${reason}`,
      null,
      'invalid_encrypted_content',
    ),
  outputWithoutCall: (kind: string, callId: string) =>
    invalid(`No tool call found for ${kind} output with call_id ${callId}.`, 'input'),
  callWithoutOutput: (kind: string, callId: string) =>
    invalid(`No tool output found for ${kind} ${callId}.`, 'input'),
  duplicateItem: (id: string = sampleReasoning) =>
    invalid(
      `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`,
      'input',
    ),
  changedPrefix: (id: string) =>
    invalid(`What comes before item '${id}' is not what it was made after.`, 'input'),
  misplacedTrigger: () =>
    invalid("The 'compaction_trigger' item must be the final input item.", 'input'),
  otherMaker: (id: string, what: string) => invalid(`Item '${id}' was made for ${what}.`, 'input'),
  stateful: (param: string, message: string) => invalid(message, param, 'unsupported_parameter'),
  unsupportedParameter: (param: string) =>
    invalid(
      `Unsupported parameter: '${param}' is not supported with this model.`,
      param,
      'unsupported_parameter',
    ),
  responsesOnly: () =>
    invalid(
      'This model is only supported in v1/responses and not in v1/chat/completions.',
      'model',
    ),
  toolsWithEffort: (model: string, isCuredByNone = true) =>
    invalid(
      `Function tools with reasoning_effort are not supported for ${model} in /v1/chat/completions. To use function tools, use /v1/responses${isCuredByNone ? " or set reasoning_effort to 'none'" : ''}.`,
      'reasoning_effort',
    ),
} satisfies Record<string, (...details: never[]) => Refusal>;

/** Servers that do not know the path answer so. */
export const noSuchPath: Refusal = {
  status: 404,
  body: '{"detail":"Not Found"}',
  contentType: 'application/json',
};

function invalid(message: string, param: string | null, code: string | null = null): Refusal {
  return refusal(400, { message, param, code });
}
