import type { V1Settings } from '../config/settings.js';

/** Windows by the beginning of a model's name, the more special first. */
const known: [beginning: RegExp, tokens: number][] = [
  [/^gpt-4\.1/, 1_047_576],
  [/^gpt-4o/, 128_000],
  [/^gpt-[5-9]/, 400_000],
  [/^o[134]/, 200_000],
];
const unknownModel = 128_000;

/** How many tokens a model takes, question, history and answer together; MODEL_WINDOWS comes first. */
export function windowOf(
  model: string,
  { modelWindows }: Pick<V1Settings, 'modelWindows'>,
): number {
  return (
    modelWindows.get(model) ??
    known.find(([beginning]) => beginning.test(model))?.[1] ??
    unknownModel
  );
}
