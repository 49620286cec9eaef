import { hasExactNumbers, noteExactNumbers } from '../../../../platform/json/exact-numbers.js';
import { Fields, isJsonObject, type JsonObject } from '../../../../platform/json/fields.js';
import { answerFormOf } from './answer-form.js';
import { chatInput } from './chat-input.js';
import { chatTools } from './chat-tools.js';
import { given, missing, requiredFields } from './given.js';

/** Fields that are told in other words or other places. */
const translated = [
  ...['messages', 'tools', 'tool_choice', 'parallel_tool_calls', 'functions', 'function_call'],
  ...['max_completion_tokens', 'max_tokens', 'logprobs', 'reasoning_effort'],
  ...['response_format', 'verbosity', 'stream', 'stream_options'],
];

/** What the Responses API has no field for, and when it is asked for nonetheless. */
const untranslatable: Readonly<Record<string, (value: unknown) => boolean>> = {
  n: (value) => value !== 1,
  stop: (value) => value !== '' && !(Array.isArray(value) && value.length === 0),
  frequency_penalty: (value) => value !== 0,
  presence_penalty: (value) => value !== 0,
  logit_bias: (value) => !isJsonObject(value) || Object.keys(value).length > 0,
  seed: () => true,
  audio: () => true,
  modalities: (value) => !Array.isArray(value) || value.some((one) => one !== 'text'),
  prediction: () => true,
  web_search_options: () => true,
  store: (value) => value !== false,
};

/** What of it has a reason of its own. */
const reasons: Readonly<Record<string, string>> = {
  store: 'store is not supported: nothing is kept at the service of this model',
};

/**
 * Fields of the Responses API that chat completions do not have: with some of them an answer would be
 * kept, or built on what is not the caller's.
 */
const foreign = [
  ...['background', 'context_management', 'conversation', 'include', 'input', 'instructions'],
  ...[
    'max_output_tokens',
    'max_tool_calls',
    'previous_response_id',
    'prompt',
    'text',
    'truncation',
  ],
];

/**
 * A chat completion as a request of OpenAI's Responses API that keeps nothing at the service. What both
 * APIs call the same, and what nobody here knows, goes as it came.
 *
 * @param body of `POST /chat/completions`
 * @returns the body of `POST /responses`
 * @throws InvalidFieldError for what cannot be asked for in that API
 */
export function chatRequest(body: JsonObject, stream: boolean): JsonObject {
  const fields = new Fields(body);
  refuseUntranslatable(fields);
  const { isLogged, usesFunctions } = answerFormOf(body);
  const sealed = 'reasoning.encrypted_content';
  const request = {
    ...given(body, ...translated, ...Object.keys(untranslatable)),
    store: false,
    include: isLogged ? [sealed, 'message.output_text.logprobs'] : [sealed],
    input: chatInput(fields.list('messages') ?? missing(fields, 'messages')),
    ...chatTools(fields, usesFunctions),
    ...lengthField(fields),
    ...reasoningField(fields),
    ...textField(fields),
    ...(stream ? { stream } : {}),
    ...streamOptions(fields),
  };
  if (hasExactNumbers(body)) noteExactNumbers(request);
  return request;
}

function refuseUntranslatable(body: Fields): void {
  for (const [name, isAsked] of Object.entries(untranslatable)) {
    const value = body.get(name);
    if (value === null || !isAsked(value)) continue;
    const detail = `${name} is not supported: the Responses API, which this model is asked by, has nothing like it`;
    body.refuse(name, reasons[name] ?? detail);
  }
  for (const name of foreign) {
    if (!body.has(name)) continue;
    throw body.fault(name, 'unknown_parameter', `Unknown parameter: '${name}'.`);
  }
}

function lengthField(body: Fields): JsonObject {
  const old = body.get('max_tokens');
  const length = body.get('max_completion_tokens') ?? old;
  if (old !== null && old !== length) {
    const detail = 'max_tokens and max_completion_tokens cannot both be given: they mean the same';
    throw body.fault('max_tokens', 'invalid_value', detail);
  }
  return length === null ? {} : { max_output_tokens: length };
}

/** Some callers say more about it in a field of its own. */
function reasoningField(body: Fields): JsonObject {
  const effort = body.get('reasoning_effort');
  return effort === null ? {} : { reasoning: { ...body.fields('reasoning')?.object, effort } };
}

function textField(body: Fields): JsonObject {
  const format = body.fields('response_format');
  const verbosity = body.get('verbosity');
  if (!format && verbosity === null) return {};
  return {
    text: {
      ...(format ? { format: toFormat(format) } : {}),
      ...(verbosity === null ? {} : { verbosity }),
    },
  };
}

/** A schema that is left out allows everything, as an empty one does. */
function toFormat(format: Fields): JsonObject {
  const type = format.requiredText('type');
  if (type !== 'json_schema') return format.object;
  const declared = requiredFields(format, type);
  return {
    ...given(format.object, type),
    ...given(declared.object),
    name: declared.requiredText('name'),
    schema: declared.fields('schema')?.object ?? {},
  };
}

/** The Responses API counts unasked. */
function streamOptions(body: Fields): JsonObject {
  const options = given(body.fields('stream_options')?.object ?? {}, 'include_usage');
  return Object.keys(options).length === 0 ? {} : { stream_options: options };
}
