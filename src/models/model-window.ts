/** Windows by the beginning of a model's name, the more special first. */
const known: [beginning: RegExp, tokens: number][] = [
  [/^gpt-4\.1/, 1_047_576],
  [/^gpt-4o/, 128_000],
  [/^gpt-[5-9]/, 400_000],
  [/^o[134]/, 200_000],
];
const unknownModel = 128_000;

/**
 * How many tokens a model takes, question, history and answer together.
 *
 * @param stated by the operator, for models by their names
 */
export function windowOf(model: string, stated: ReadonlyMap<string, number>): number {
  return (
    stated.get(model) ?? known.find(([beginning]) => beginning.test(model))?.[1] ?? unknownModel
  );
}
