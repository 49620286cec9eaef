import type { Behaviour } from '../behaviour.js';
import type { Refusal } from '../refusals.js';
import { responseRefusals } from './response-refusals.js';

/** Refusals that a behaviour asks for by name, whatever the request is. */
export const namedFailures: Readonly<Record<NonNullable<Behaviour['failure']>, Refusal>> = {
  reasoning_without_following_item: responseRefusals.reasoningWithoutFollowing(),
  function_call_without_reasoning: responseRefusals.itemWithoutReasoning('function_call', 'fc_1'),
  message_without_reasoning: responseRefusals.itemWithoutReasoning('message', 'msg_1'),
  item_not_found: responseRefusals.itemNotFound(),
  invalid_encrypted_content: responseRefusals.invalidEncryptedContent(),
  tool_output_without_call: responseRefusals.outputWithoutCall('function call', 'call_1'),
  tool_call_without_output: responseRefusals.callWithoutOutput('function call', 'call_1'),
  duplicate_item: responseRefusals.duplicateItem(),
  responses_only_model: responseRefusals.responsesOnly(),
  tools_with_effort: responseRefusals.toolsWithEffort('gpt-6-luna'),
};
