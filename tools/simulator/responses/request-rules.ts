import { refusal } from '../refusals.js';
import type { Refusal } from '../refusals.js';
import type { ServiceProfile } from '../service-profile.js';
import { isMisplacedTrigger } from './compaction.js';
import { isReasoning } from './default-script.js';
import type { Item } from './items.js';
import { responseRefusals } from './response-refusals.js';

const samplingParameters = ['temperature', 'top_p', 'top_logprobs', 'logprobs'];

/** What of a request is refused before its items are looked at, or null. */
export function findRequestFault(
  body: Record<string, unknown>,
  input: readonly Item[],
  profile: ServiceProfile,
): Refusal | null {
  if (typeof body.model !== 'string' || body.model === '') return missing('model');
  if (input.length === 0) return missing('input');
  if (isMisplacedTrigger(input)) return responseRefusals.misplacedTrigger();
  const stateful = profile.strictness === 'strict' ? findStateful(body, input) : null;
  if (stateful !== null || !isReasoning(body, profile)) return stateful;
  const param = samplingParameters.find((name) => body[name] != null);
  if (param !== undefined) return responseRefusals.unsupportedParameter(param);
  const { include } = body;
  const wantsLogprobs = Array.isArray(include) && include.includes('message.output_text.logprobs');
  return wantsLogprobs ? responseRefusals.unsupportedParameter('include') : null;
}

/** What needs a service that keeps responses. */
function findStateful(body: Record<string, unknown>, input: readonly Item[]): Refusal | null {
  if (body.store !== false) {
    return responseRefusals.stateful('store', 'Nothing is kept here: `store` must be false.');
  }
  const param = ['previous_response_id', 'conversation'].find((name) => body[name] != null);
  if (param !== undefined) {
    return responseRefusals.stateful(param, `Nothing is kept here that \`${param}\` could name.`);
  }
  if (body.background === true) {
    return responseRefusals.stateful('background', 'Nothing is kept here to be fetched later.');
  }
  const hasReference = input.some(({ type }) => type === 'item_reference');
  return hasReference
    ? responseRefusals.stateful('input', 'Nothing is kept here that an item could refer to.')
    : null;
}

function missing(param: string): Refusal {
  const message = `Missing required parameter: '${param}'.`;
  return refusal(400, { message, param, code: 'missing_required_parameter' });
}
