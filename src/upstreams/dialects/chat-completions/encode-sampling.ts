import type { Sampling, WantedAnswer } from '../../../models/model-request.js';

/** The names that the length of an answer goes by, the older one first: most servers know only that. */
const lengthNames = ['max_tokens', 'max_completion_tokens'] as const;

/** The name under which a model takes the length of an answer; none where it refuses both. */
export function lengthNameOf(refused: ReadonlySet<string>): string | undefined {
  return lengthNames.find((name) => !refused.has(name));
}

/** Fields of a request, and the names of those that may be taken back. */
export interface EncodedSampling {
  fields: Readonly<Record<string, unknown>>;
  added: readonly string[];
  expendable: readonly string[];
  /** Those whose values are the caller's. */
  asked: readonly string[];
}

/** Without it nobody knows what a stream cost. */
const streamOptions = 'stream_options';

const names = [
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'stop',
  'reasoning_effort',
] as const;

/**
 * How an answer is sampled, in the words of both completions APIs. What the caller wants goes out as
 * it is, but for the length: its name depends on the model, and so it is found out.
 */
export function encodeSampling(
  sampling: Sampling,
  wanted: WantedAnswer,
  stream: boolean,
  refused: ReadonlySet<string>,
): EncodedSampling {
  const fields: Record<string, unknown> = {};
  const added: string[] = [];
  const add = (name: string, value: unknown): void => {
    if (refused.has(name)) return;
    fields[name] = value;
    added.push(name);
  };
  const length = wanted.max_output_tokens ?? sampling.max_output_tokens;
  const lengthName = lengthNameOf(refused);
  if (length !== undefined && lengthName !== undefined) add(lengthName, length);
  const asked = wanted.max_output_tokens !== undefined && lengthName ? [lengthName] : [];
  const passed = wanted.passthrough ?? {};
  for (const name of names) {
    // What the caller passes on is its own word, which is not taken back.
    if (Object.hasOwn(passed, name)) continue;
    const said = wanted[name];
    const own = sampling[name];
    if (said !== undefined) fields[name] = said;
    else if (own !== undefined) add(name, own);
  }
  Object.assign(fields, passed);
  if (stream) add(streamOptions, { include_usage: true });
  const expendable = added.includes(streamOptions) ? [streamOptions] : [];
  return { fields, added, expendable, asked };
}
