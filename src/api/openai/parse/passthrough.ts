import type { Fields } from '../../../platform/json/fields.js';

type Read = (body: Fields, name: string) => unknown;

const text: Read = (body, name) => body.text(name);
const object: Read = (body, name) => body.fields(name)?.object ?? null;
const penalty: Read = (body, name) => body.number(name, { min: -2, max: 2 });
const asItIs: Read = (body, name) => body.get(name);

/** What responses and chat completions have under the same name. */
const ofBoth: readonly [name: string, read: Read][] = [
  ['user', text],
  ['safety_identifier', text],
  ['prompt_cache_key', text],
  ['prompt_cache_retention', text],
  ['prompt_cache_options', object],
  ['service_tier', text],
  ['presence_penalty', penalty],
  ['frequency_penalty', penalty],
  ['moderation', object],
];

/** What only chat completions have and callers of responses send all the same. */
const ofChatCompletions: readonly [name: string, read: Read][] = [
  ['seed', asItIs],
  ['stop', asItIs],
  ['logit_bias', asItIs],
];

const all = [...ofBoth, ...ofChatCompletions];

/** The fields of OpenAI's own responses among them. */
export const passthroughNames = ofBoth.map(([name]) => name);

/** The fields that go to the model service as they came. @throws InvalidFieldError */
export function parsePassthrough(body: Fields): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [name, read] of all) {
    const value = read(body, name);
    if (value !== null) given[name] = value;
  }
  return given;
}
