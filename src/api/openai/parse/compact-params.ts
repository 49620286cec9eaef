import type { Fields } from '../../../platform/json/fields.js';
import { longestName } from '../../../models/item.js';
import type { CompactParams } from '../../../responses/compaction.service.js';
import { parseTurnSource, parseInput } from './create-response-params.js';

const known: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'conversation',
  'previous_response_id',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'service_tier',
]);

/**
 * The body that has what was said compacted.
 *
 * @param isStrict refuses fields that nobody here knows
 * @throws InvalidFieldError naming what is wrong
 */
export function parseCompactParams(body: Fields, isStrict: boolean): CompactParams {
  if (isStrict) body.allow(known);
  return {
    model: body.text('model', longestName),
    input: parseInput(body),
    instructions: body.text('instructions'),
    ...parseTurnSource(body),
  };
}
