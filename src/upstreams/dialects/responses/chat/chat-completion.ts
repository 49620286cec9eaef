import type { Usage } from '../../../../models/model-event.js';
import { isJsonObject, listOf, type JsonObject } from '../../../../platform/json/fields.js';
import { textIn } from '../../chat-completions/choice-decoder.js';

// What stands around the message of a chat completion, made of the response that it is.

/** What a completion and each chunk of it have in common. @param model that was asked for */
export function headOf(response: JsonObject, model: unknown): JsonObject {
  const { id, created_at: created, model: answering = model, service_tier: tier } = response;
  return {
    id: `chatcmpl-${textIn(id).replace(/^resp_/, '')}`,
    created: typeof created === 'number' ? Math.floor(created) : 0,
    model: answering,
    ...(typeof tier === 'string' ? { service_tier: tier } : {}),
  };
}

/** Why it ended, of a response that is incomplete. */
export function cutReasonOf({ incomplete_details: details }: JsonObject): string {
  const reason = isJsonObject(details) ? details['reason'] : null;
  return reason === 'content_filter' ? 'content_filter' : 'length';
}

/** @param counted the same, read */
export function usageOf({ usage }: JsonObject, counted: Usage): JsonObject {
  const { input_tokens_details: input, total_tokens: total } = isJsonObject(usage) ? usage : {};
  const { inputTokens, outputTokens, cachedTokens, reasoningTokens } = counted;
  const written = isJsonObject(input) ? input['cache_write_tokens'] : undefined;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: typeof total === 'number' ? total : inputTokens + outputTokens,
    prompt_tokens_details: {
      cached_tokens: cachedTokens,
      audio_tokens: 0,
      ...(typeof written === 'number' ? { cache_write_tokens: written } : {}),
    },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** What was thought of question and answer, where the caller wanted that: here in lists of one. */
export function moderationOf({ moderation }: JsonObject): JsonObject | null {
  if (!isJsonObject(moderation)) return null;
  return Object.fromEntries(
    Object.entries(moderation).map(([name, result]) => [name, toResults(result)]),
  );
}

function toResults(result: unknown): unknown {
  if (!isJsonObject(result) || result['type'] !== 'moderation_result') return result;
  return { type: 'moderation_results', model: result['model'], results: [result] };
}

/** How likely words were. Events say less of a token than whole answers do. */
export function logprobsOf(tokens: readonly JsonObject[]): JsonObject | null {
  if (tokens.length === 0) return null;
  const content = tokens.map((token) => ({
    ...withBytes(token),
    top_logprobs: listOf(token['top_logprobs']).filter(isJsonObject).map(withBytes),
  }));
  return { content, refusal: null };
}

function withBytes(token: JsonObject): JsonObject {
  return { bytes: null, ...token };
}
