import type { Usage } from '../../models/model-event.js';
import { isJsonObject } from '../../platform/json/fields.js';

/** What an integer column takes. */
const largestCount = 2 ** 31 - 1;

/**
 * What an answer, or the last events of its stream, says that it cost; null where it does not say.
 * Some servers put it into the choice, or into a member of their own.
 */
export function usageIn(value: Readonly<Record<string, unknown>>, choice: unknown): Usage | null {
  const own = isJsonObject(value['x_groq']) ? value['x_groq']['usage'] : undefined;
  const ofChoice = isJsonObject(choice) ? choice['usage'] : undefined;
  const nested = isJsonObject(ofChoice) ? ofChoice : own;
  const usage = isJsonObject(value['usage']) ? value['usage'] : nested;
  if (!isJsonObject(usage)) return null;
  const inputTokens = countOf(usage['prompt_tokens'] ?? usage['input_tokens']);
  const outputTokens = countOf(usage['completion_tokens'] ?? usage['output_tokens']);
  if (inputTokens === null || outputTokens === null) return null;
  const input = usage['prompt_tokens_details'] ?? usage['input_tokens_details'];
  const output = usage['completion_tokens_details'] ?? usage['output_tokens_details'];
  const cached = isJsonObject(input) ? input['cached_tokens'] : usage['prompt_cache_hit_tokens'];
  return {
    inputTokens,
    outputTokens,
    cachedTokens: countOf(cached) ?? 0,
    cacheWriteTokens: countOf(isJsonObject(input) ? input['cache_write_tokens'] : null) ?? 0,
    reasoningTokens: (isJsonObject(output) ? countOf(output['reasoning_tokens']) : null) ?? 0,
  };
}

/** A figure of the upstream's, if it can be a number of tokens, and stored as one. */
function countOf(value: unknown): number | null {
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  const isCount = Number.isInteger(count) && Number(count) >= 0 && Number(count) <= largestCount;
  return isCount ? Number(count) : null;
}
