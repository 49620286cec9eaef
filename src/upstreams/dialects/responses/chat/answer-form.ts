import { Fields, type JsonObject } from '../../../../platform/json/fields.js';

/** In which form the caller of a chat completion wants its answer. */
export interface AnswerForm {
  /** The model that was asked for. */
  model: unknown;
  isStreamed: boolean;
  /** Whether a stream ends with what it cost. */
  isCounted: boolean;
  /** Whether it says how likely its words were. */
  isLogged: boolean;
  /** Whether a call is told as it was before the API had tools. */
  usesFunctions: boolean;
}

/** @param body of `POST /chat/completions` @throws InvalidFieldError */
export function answerFormOf(body: JsonObject): AnswerForm {
  const fields = new Fields(body);
  const isLogged = fields.flag('logprobs') ?? false;
  if (!isLogged && fields.has('top_logprobs')) {
    throw fields.fault('top_logprobs', 'invalid_value', 'top_logprobs needs logprobs to be true');
  }
  return {
    model: fields.get('model'),
    isStreamed: fields.flag('stream') ?? false,
    isCounted: fields.fields('stream_options')?.flag('include_usage') ?? false,
    isLogged,
    usesFunctions: (fields.list('functions') ?? []).length > 0,
  };
}
